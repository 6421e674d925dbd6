/** The commands import and export, as an operator runs them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../store/location.ts';
import { openStore } from '../store/open.ts';
import { newFolder } from '../testing/folder.ts';
import { account, fullAccount, id, key, writeLines } from '../testing/import-files.ts';
import { type PostgresServer, startPostgres } from '../testing/postgres.ts';
import { runScript } from '../testing/processes.ts';

const secret = 'a secret that is only for tests and long enough';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});

const inFolder = (name: string) => join(folder, name);
const file = (lines: readonly unknown[]) => writeLines(folder, lines);

async function accountsIn(databaseUrl: string): Promise<number> {
  const store = await openStore(parseDatabaseUrl(databaseUrl));
  const counts = await store.countCredentials();
  await store.close();
  return counts.reduce((sum, { accounts }) => sum + accounts, 0);
}

describe.each(['SQLite', 'PostgreSQL'])('import and export on %s', (dialect) => {
  let postgres: PostgresServer | undefined;
  beforeAll(async () => {
    if (dialect === 'PostgreSQL') postgres = await startPostgres({ durable: false });
  }, 60_000);
  afterAll(() => postgres?.remove());

  let databases = 0;
  async function newDatabase() {
    const url = (await postgres?.createDatabase()) ?? `file:${inFolder(`${databases++}.db`)}`;
    await (await openStore(parseDatabaseUrl(url))).close();
    return { DATABASE_URL: url, SECRET: secret };
  }

  it('carry every account from one database to the other without loss', async () => {
    const [one, other] = [await newDatabase(), await newDatabase()];
    const states = ['active', 'superseded', 'suspected-clone', 'revoked'];
    const full = states.map((state) => fullAccount(`zoë-${state}`, state));
    const bare = [account('bob'), { ...account('carl'), credentials: [] }];
    const given = file([...full, ...bare]);
    const imported = await runScript('commands/import.ts', [given], folder, one);
    expect(imported).toEqual({
      status: 0,
      stdout:
        '6 accounts created, 0 extended, 0 unchanged; 0 bad lines.\n' +
        '4 of the passkeys belong to other RP IDs than localhost.\n',
      stderr: '',
    });
    const exported = await runScript('commands/export.ts', ['first'], folder, one);
    expect(exported).toEqual({
      status: 0,
      stdout: '',
      stderr: 'Exported 6 accounts with 5 passkeys.\n',
    });
    const lines = readFileSync(inFolder('first'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(6);
    for (const each of full) expect(lines).toContain(JSON.stringify(each));

    expect((await runScript('commands/import.ts', ['first'], folder, other)).status).toBe(0);
    const again = await runScript('commands/export.ts', ['-'], folder, other);
    expect(again.stdout).toBe(readFileSync(inFolder('first'), 'utf8'));
  });

  it('name every bad line, and store all others', async () => {
    const env = await newDatabase();
    const bob = account('bob');
    const given = file([
      bob,
      { ...account('carl'), username: 'two words' },
      account('BOB'),
      { ...account('dora'), credentials: bob.credentials },
      account('emil'),
      { ...bob, credentials: [{ id: id(20), publicKey: key }] },
      bob,
    ]);
    const expected = [
      'line 2: username: expected a user name: 1 to 256 bytes of letters, digits and signs, without spaces',
      'line 3: username: taken by an account with another user handle',
      'line 4: credentials: one of them is another account’s',
    ];
    const counts = '2 accounts created, 1 extended, 1 unchanged; 3 bad lines.\n';
    const dryRun = await runScript('commands/import.ts', ['--dry-run', given], folder, env);
    expect(dryRun).toMatchObject({ status: 1, stdout: `Dry run: ${counts}` });
    expect(await accountsIn(env.DATABASE_URL)).toBe(0);
    const { status, stdout, stderr } = await runScript('commands/import.ts', [given], folder, env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: counts });
    expect(stderr.trim().split('\n').sort()).toEqual(expected);
    expect(await accountsIn(env.DATABASE_URL)).toBe(2);
  });
});

describe('the commands import and export', () => {
  it('explain themselves, make no database, and end with 2 where they are asked wrongly', async () => {
    for (const [script, args] of [
      ['commands/import.ts', []],
      ['commands/import.ts', ['one', 'two']],
      ['commands/import.ts', ['one', '--force']],
      ['commands/import.ts', ['one', '--user-handles', 'uuids']],
      ['commands/export.ts', []],
      ['commands/export.ts', ['one', '--dry-run']],
    ] as const) {
      const { status, stderr } = await runScript(script, args, folder);
      expect([status, stderr]).toEqual([2, expect.stringContaining('Usage: npm run')]);
    }
    const name = file([account('bob')]);
    const missing = 'There is no database at data/latchkey.db.\n';
    expect(await runScript('commands/export.ts', ['out'], folder)).toEqual({
      ...{ status: 1, stdout: '', stderr: missing },
    });
    // Status 1 would say that lines were bad.
    expect(await runScript('commands/import.ts', [name], folder)).toEqual({
      ...{ status: 2, stdout: '' },
      stderr: `${missing}Start the server once, which makes it, or set DATABASE_URL.\n`,
    });
    const { status, stderr } = await runScript('commands/import.ts', ['nowhere'], folder);
    expect([status, stderr]).toEqual([2, expect.stringContaining('no such file')]);
  });

  it('write a file that only its owner reads, and none over another', async () => {
    const env = { DATABASE_URL: `file:${inFolder('test.db')}` };
    await (await openStore(parseDatabaseUrl(env.DATABASE_URL))).close();
    await runScript('commands/import.ts', [file([account('bob')])], folder, env);
    expect((await runScript('commands/export.ts', ['out'], folder, env)).status).toBe(0);
    expect(statSync(inFolder('out')).mode & 0o777).toBe(0o600);
    const before = readFileSync(inFolder('out'), 'utf8');
    const { status, stderr } = await runScript('commands/export.ts', ['out'], folder, env);
    expect([status, stderr]).toEqual([1, 'out is there already.\n']);
    expect(readFileSync(inFolder('out'), 'utf8')).toBe(before);
    expect(readdirSync(folder).filter((each) => each.includes('draft'))).toEqual([]);
  });
});
