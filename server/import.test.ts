import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toBase64Url } from './base64url.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';
import { SoftwareAuthenticator } from './testing/authenticator.ts';
import { TestBrowser } from './testing/browser.ts';
import { generateKey } from './testing/cose.ts';
import { type PostgresServer, startPostgres } from './testing/postgres.ts';
import {
  type Environment,
  runScript,
  type ServerProcess,
  spawnScript,
  startServer,
} from './testing/processes.ts';

const secret = 'a secret that is only for tests and long enough';
const key = toBase64Url(generateKey(-7).publicKey);
const id = (bytes = 16) => toBase64Url(randomBytes(bytes));

/** Every member that an export writes, in its order. */
function fullAccount(name: string, state = 'active') {
  const flags = { backupEligible: true, backedUp: true };
  const times = { createdAt: '2024-05-06T07:08:09.123Z', lastUsedAt: '2025-05-06T07:08:09.123Z' };
  const credential = {
    ...{ id: id(20), publicKey: key, signCount: 7, transports: ['internal', 'hybrid'] },
    ...{ aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd', ...flags, ...times, name: 'My phone' },
    ...{ rpId: 'old.example', uvInitialized: false, attachment: 'platform', state },
    ...{ lastUserAgent: 'a browser', lastCountry: 'NL', upgradeAfter: '2026-05-06T07:08:09.123Z' },
    userHandle: state === 'active' ? '' : id(32),
  };
  const disabled = { disabledAt: '2025-01-01T00:00:00.000Z', policy: 'strict' };
  const names = { username: name, displayName: `${name} Example`, userHandle: id(32) };
  return {
    ...names,
    createdAt: '2024-01-01T00:00:00.000Z',
    ...disabled,
    credentials: [credential],
  };
}

function account(name: string) {
  return { username: name, userHandle: id(32), credentials: [{ id: id(20), publicKey: key }] };
}

const text = (lines: readonly unknown[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-import-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const inFolder = (name: string) => join(folder, name);
function file(lines: readonly unknown[], name = 'accounts.ndjson'): string {
  writeFileSync(inFolder(name), text(lines));
  return name;
}

async function accountsIn(databaseUrl: string): Promise<number> {
  const store = await openStore(databaseUrl);
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
    await (await openStore(url)).close();
    return { DATABASE_URL: url, SECRET: secret };
  }

  it('carry every account from one database to the other without loss', async () => {
    const [one, other] = [await newDatabase(), await newDatabase()];
    const states = ['active', 'superseded', 'suspected-clone', 'revoked'];
    const full = states.map((state) => fullAccount(`zoë-${state}`, state));
    const bare = [account('bob'), { ...account('carl'), credentials: [] }];
    const given = file([...full, ...bare]);
    const imported = await runScript('import.ts', [given], folder, one);
    expect(imported).toEqual({
      status: 0,
      stdout:
        '6 accounts created, 0 extended, 0 unchanged; 0 bad lines.\n' +
        '4 of the passkeys belong to other RP IDs than localhost.\n',
      stderr: '',
    });
    const exported = await runScript('export.ts', ['first'], folder, one);
    expect(exported).toEqual({
      status: 0,
      stdout: '',
      stderr: 'Exported 6 accounts with 5 passkeys.\n',
    });
    const lines = readFileSync(inFolder('first'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(6);
    for (const each of full) expect(lines).toContain(JSON.stringify(each));

    expect((await runScript('import.ts', ['first'], folder, other)).status).toBe(0);
    const again = await runScript('export.ts', ['-'], folder, other);
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
      'line 2: username: expected a user name: 1 to 64 bytes of letters, digits and signs, without spaces',
      'line 3: username: taken by an account with another user handle',
      'line 4: credentials: one of them is another account’s',
    ];
    const counts = '2 accounts created, 1 extended, 1 unchanged; 3 bad lines.\n';
    const dryRun = await runScript('import.ts', ['--dry-run', given], folder, env);
    expect(dryRun).toMatchObject({ status: 1, stdout: `Dry run: ${counts}` });
    expect(await accountsIn(env.DATABASE_URL)).toBe(0);
    const { status, stdout, stderr } = await runScript('import.ts', [given], folder, env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: counts });
    expect(stderr.trim().split('\n').sort()).toEqual(expected);
    expect(await accountsIn(env.DATABASE_URL)).toBe(2);
  });
});

describe('an import that is interrupted', () => {
  let env: { DATABASE_URL: string };
  let store: Store;
  beforeEach(async () => {
    env = { DATABASE_URL: `file:${inFolder('test.db')}` };
    store = await openStore(env.DATABASE_URL);
  });
  afterEach(() => store.close());

  async function until(accounts: number): Promise<void> {
    while (((await store.countCredentials())[0]?.accounts ?? 0) < accounts) await pause(2);
  }

  it('by kill -9 misses nothing and stores nothing twice when it is run again', async () => {
    const total = 20_000;
    const lines = Array.from({ length: total }, (_, index) => account(`user-${index}`));
    const name = file(lines);
    const killedAt = randomInt(1, total - 2000);
    const child = spawnScript('import.ts', [name], folder, env);
    await until(killedAt);
    child.kill('SIGKILL');
    await once(child, 'close');
    const stored = (await store.countCredentials())[0]?.accounts ?? 0;
    expect(stored, `killed after ${killedAt}`).toBeLessThan(total);
    expect(stored % 500).toBe(0);

    const { status, stdout } = await runScript('import.ts', [name], folder, env);
    const counts = `${total - stored} accounts created, 0 extended, ${stored} unchanged; 0 bad lines.\n`;
    expect([status, stdout], `killed after ${killedAt}`).toEqual([0, counts]);
    const expected = new Map<string, { id: string }[]>(
      lines.map(({ userHandle, credentials }) => [userHandle, credentials]),
    );
    for (let after = ''; ; ) {
      const page = await store.exportAccounts(after, 1000);
      if (page.length === 0) break;
      for (const { user, credentials } of page) {
        expect(credentials.map((each) => each.id)).toEqual(
          expected.get(user.id)?.map((each) => each.id),
        );
        expected.delete(user.id);
      }
      after = page.at(-1)?.user.id ?? '';
    }
    expect(expected.size).toBe(0);
  });

  it('by SIGTERM stores what it has read and says where it stopped', async () => {
    const lines = Array.from({ length: 700 }, (_, index) => account(`user-${index}`));
    const child = spawnScript('import.ts', ['-'], folder, env);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        output += data.toString();
      });
    }
    child.stdin.write(text(lines));
    await until(500);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([143, null]);
    const [, stoppedAt] = /Stopped after line (\d+)\. Run it again to go on\./.exec(output) ?? [];
    expect(Number(stoppedAt)).toBeGreaterThanOrEqual(500);
    expect((await store.countCredentials())[0]?.accounts).toBe(Number(stoppedAt));
    const { stdout } = await runScript('import.ts', [file(lines)], folder, env);
    expect(stdout).toContain(`${700 - Number(stoppedAt)} accounts created`);
  });
});

describe('passkeys that were imported', () => {
  const servers: ServerProcess[] = [];
  afterEach(() => {
    for (const { child } of servers.splice(0)) child.kill('SIGKILL');
  });
  async function start(env?: Environment): Promise<ServerProcess> {
    const server = await startServer(folder, env);
    servers.push(server);
    return server;
  }

  /** The same account in the forms of others, from the line of an export. */
  const forms: Readonly<Record<string, (line: ReturnType<typeof fullAccount>) => unknown>> = {
    latchkey: (line) => line,
    simplewebauthn: ({ username, userHandle, credentials: [passkey] }) => ({
      ...{ id: passkey?.id, publicKey: { ...Buffer.from(passkey?.publicKey ?? '', 'base64url') } },
      ...{ user: { username }, webauthnUserID: userHandle, counter: 0, deviceType: 'multiDevice' },
      ...{ backedUp: true, transports: ['internal'] },
    }),
    'better-auth': ({ username, userHandle, credentials: [passkey] }) => ({
      ...{ id: 'row', userId: 'user', credentialID: passkey?.id, userHandle, counter: 0 },
      ...{ publicKey: Buffer.from(passkey?.publicKey ?? '', 'base64url').toString('base64') },
      ...{ deviceType: 'multiDevice', backedUp: true, user: { email: username } },
    }),
  };

  async function exported(server: ServerProcess): Promise<ReturnType<typeof fullAccount>[]> {
    const { stdout } = await runScript('export.ts', ['-'], folder);
    await server.stop();
    const lines = stdout.trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  async function otherDatabase() {
    const env = { DATABASE_URL: `file:${inFolder('other.db')}` };
    await (await openStore(env.DATABASE_URL)).close();
    return env;
  }

  it('sign in, whatever form they came in, and manage their account', async () => {
    const first = await start();
    const people = Object.keys(forms).map((form) => ({
      form,
      authenticator: new SoftwareAuthenticator({ origin: first.origin }),
    }));
    for (const { form, authenticator } of people) {
      const { status } = await new TestBrowser(first.origin).signUp(form, authenticator);
      expect(status).toBe(201);
    }
    const lines = (await exported(first)).map((line) => forms[line.username]?.(line));
    const env = await otherDatabase();
    expect(await runScript('import.ts', [file(lines)], folder, env)).toMatchObject({ status: 0 });

    const second = await start(env);
    for (const { authenticator } of people) {
      authenticator.settings.origin = second.origin;
      const browser = new TestBrowser(second.origin);
      const signedIn = await browser.signIn(authenticator);
      expect(signedIn).toMatchObject({ status: 200, body: { userVerified: true } });
      const added = new SoftwareAuthenticator({ origin: second.origin });
      const options = await browser.request('POST', '/api/registration/options', {});
      const response = await added.create(options.body);
      expect((await browser.request('POST', '/api/registration/verify', response)).status).toBe(
        201,
      );
    }
  });

  it('sign in, though each was registered under a handle of its own', async () => {
    const first = await start();
    const devices: SoftwareAuthenticator[] = [];
    const handles = new Map<string, ReturnType<typeof id>>();
    for (const username of ['simplewebauthn', 'better-auth']) {
      const browser = new TestBrowser(first.origin);
      for (const body of [{ username }, {}]) {
        const device = new SoftwareAuthenticator({ origin: first.origin });
        const options = await browser.creationOptions(body);
        // Only the device is told of it.
        const user = { ...options.user, id: id(32) };
        const response = await device.create({ ...options, user });
        expect((await browser.verifyRegistration(response)).status).toBe(201);
        devices.push(device);
        handles.set(response.id, user.id);
      }
    }
    const rows = (await exported(first)).flatMap((line) =>
      line.credentials.map((passkey) => {
        const userHandle = handles.get(passkey.id) ?? line.userHandle;
        const row = forms[line.username]?.({ ...line, userHandle, credentials: [passkey] });
        return line.username === 'better-auth' ? { ...(row as object), userHandle: null } : row;
      }),
    );
    const env = await otherDatabase();
    for (const counts of [
      '2 accounts created, 2 extended, 0 unchanged; 0 bad lines.\n',
      '0 accounts created, 0 extended, 4 unchanged; 0 bad lines.\n',
    ]) {
      expect((await runScript('import.ts', [file(rows)], folder, env)).stdout).toBe(counts);
    }

    const second = await start(env);
    for (const device of devices) {
      device.settings.origin = second.origin;
      const { userName: username } = device.credentials[0] ?? {};
      for (const body of [{}, { username }]) {
        const signedIn = await new TestBrowser(second.origin).signIn(device, body);
        expect(signedIn).toMatchObject({ status: 200, body: { user: { username } } });
      }
    }
  });
});

describe('the commands import and export', () => {
  it('explain themselves, make no database, and end with 2 where they are asked wrongly', async () => {
    for (const [script, args] of [
      ['import.ts', []],
      ['import.ts', ['one', 'two']],
      ['import.ts', ['one', '--force']],
      ['export.ts', []],
      ['export.ts', ['one', '--dry-run']],
    ] as const) {
      const { status, stderr } = await runScript(script, args, folder);
      expect([status, stderr]).toEqual([2, expect.stringContaining('Usage: npm run')]);
    }
    const name = file([account('bob')]);
    for (const [script, argument] of [
      ['import.ts', name],
      ['export.ts', 'out'],
    ] as const) {
      expect((await runScript(script, ['--help'], folder)).status).toBe(0);
      expect(await runScript(script, [argument], folder)).toEqual({
        ...{ status: 1, stdout: '' },
        stderr: 'There is no database at data/latchkey.db.\n',
      });
    }
    const { status, stderr } = await runScript('import.ts', ['nowhere'], folder);
    expect([status, stderr]).toEqual([1, expect.stringContaining('no such file')]);
  });

  it('write a file that only its owner reads, and none over another', async () => {
    const env = { DATABASE_URL: `file:${inFolder('test.db')}` };
    await (await openStore(env.DATABASE_URL)).close();
    await runScript('import.ts', [file([account('bob')])], folder, env);
    expect((await runScript('export.ts', ['out'], folder, env)).status).toBe(0);
    expect(statSync(inFolder('out')).mode & 0o777).toBe(0o600);
    const before = readFileSync(inFolder('out'), 'utf8');
    const { status, stderr } = await runScript('export.ts', ['out'], folder, env);
    expect([status, stderr]).toEqual([1, 'out is there already.\n']);
    expect(readFileSync(inFolder('out'), 'utf8')).toBe(before);
    expect(readdirSync(folder).filter((each) => each.includes('draft'))).toEqual([]);
  });
});
