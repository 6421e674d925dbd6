import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../store/location.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { TestBrowser } from '../testing/browser.ts';
import { newFolder } from '../testing/folder.ts';
import { type PostgresServer, startPostgres } from '../testing/postgres.ts';
import { runScript, type ServerProcess, spawnScript, startServer } from '../testing/processes.ts';

const secret = 'a secret that is only for tests and long enough';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

describe.each(['SQLite', 'PostgreSQL'])(
  'the admin command line beside a server on %s',
  (dialect) => {
    let folder: string;
    let postgres: PostgresServer | undefined;
    let env: Record<string, string>;
    let server: ServerProcess;
    let store: Store;
    /** Everything that was ever printed. */
    let printed = '';

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'latchkey-admin-'));
      if (dialect === 'PostgreSQL') postgres = await startPostgres({ durable: false });
      const databaseUrl =
        (await postgres?.createDatabase()) ?? `file:${join(folder, 'latchkey.db')}`;
      const policies = join(folder, 'policies.json');
      writeFileSync(policies, '{ "kiosk": { "deviceBoundOnly": true } }');
      env = {
        DATABASE_URL: databaseUrl,
        SECRET: secret,
        CREDENTIAL_POLICIES: policies,
        FORMER_RP_IDS: 'former.example',
      };
      server = await startServer(folder, env);
      store = await openStore(parseDatabaseUrl(databaseUrl));
    }, 60_000);
    afterAll(async () => {
      await store.close();
      await server.stop();
      await postgres?.remove();
      rmSync(folder, { recursive: true });
    });

    async function admin(...args: string[]) {
      const ended = await runScript('commands/admin.ts', args, folder, env);
      printed += ended.stdout + ended.stderr;
      return ended;
    }
    async function adminJson(...args: string[]) {
      const { status, stdout, stderr } = await admin(...args, '--json');
      expect([status, stderr]).toEqual([0, '']);
      return JSON.parse(stdout);
    }

    async function person(username: string) {
      const authenticator = new SoftwareAuthenticator({ origin: server.origin });
      const browser = new TestBrowser(server.origin);
      const { status, body } = await browser.signUp(username, authenticator);
      expect(status).toBe(201);
      return { authenticator, browser, user: body.user, id: body.user.id as string };
    }

    it('lists accounts by user name, in pages, within a prefix in any case', async () => {
      for (const name of ['Ann', 'andy', 'Zoë']) await person(name);
      const first = await adminJson('accounts', '--limit', '2');
      expect(first.accounts.map(({ username }: { username: string }) => username)).toEqual([
        'andy',
        'Ann',
      ]);
      const second = await adminJson('accounts', '--after', first.next);
      expect(second).toMatchObject({
        accounts: [{ username: 'Zoë', disabledAt: null }],
        next: null,
      });
      const found = await admin('accounts', '--search', 'ZO');
      expect(found.stdout).toMatch(
        /^USER NAME +DISPLAY NAME +CREATED .*\nZoë +Zoë +20\d\d-.* open /,
      );
      expect(
        (await admin('accounts', '--search', 'nobody')).stdout.trim().split('\n'),
      ).toHaveLength(1);
    });

    it('shows an account by user name or ID, with passkeys, sessions and audit', async () => {
      const { id, authenticator } = await person('Bob');
      const elsewhere = new TestBrowser(server.origin);
      const response = await authenticator.get(await elsewhere.requestOptions());
      await elsewhere.request('POST', '/api/authentication/verify', response, {
        'user-agent': firefox,
      });
      const shown = await adminJson('account', 'BOB');
      expect(shown).toEqual(await adminJson('account', id));
      expect(shown).toMatchObject({
        account: { id, username: 'Bob', disabledAt: null },
        counts: { passkeys: 1, sessions: 2 },
        passkeys: [
          {
            id: authenticator.credentials[0]?.id,
            state: 'active',
            provider: 'unknown',
            flags: { backupEligible: true, backedUp: true, uvInitialized: true },
          },
        ],
      });
      const { stdout } = await admin('account', 'Bob');
      expect(stdout).toContain('BE BS UV');
      expect((await admin('sessions', 'Bob')).stdout).toContain('Firefox on Linux');
      expect((await adminJson('sessions', 'Bob')).sessions).toHaveLength(2);
      const { entries } = await adminJson('audit', 'Bob', '--limit', '1');
      expect(entries).toMatchObject([{ kind: 'signed-in', evidence: { userVerified: true } }]);
      expect((await admin('audit', 'Bob')).stdout).toContain('account-created');
    });

    it('ends sessions, disables and enables, at once and for the record', async () => {
      const { browser, authenticator } = await person('carl');
      expect((await admin('end-sessions', 'carl')).stdout).toBe('Ended 1 sessions of carl.\n');
      expect((await browser.get('/api/session')).status).toBe(401);
      expect((await browser.signIn(authenticator)).status).toBe(200);

      expect((await admin('disable', 'carl')).stdout).toBe('Disabled carl and ended 1 sessions.\n');
      expect((await browser.get('/api/session')).status).toBe(401);
      expect((await browser.signIn(authenticator)).body.code).toBe('account_disabled');
      expect((await admin('account', 'carl')).stdout).toContain('disabled since 20');
      expect((await admin('disable', 'carl')).stdout).toContain('has been disabled since');

      expect((await admin('enable', 'carl')).stdout).toBe('Enabled carl.\n');
      expect((await browser.signIn(authenticator)).status).toBe(200);
      expect((await admin('enable', 'carl')).stdout).toBe('carl is not disabled.\n');
      const { entries } = await adminJson('audit', 'carl');
      const byAdmin = entries.filter(({ evidence }: { evidence: { by?: string } }) => evidence.by);
      expect(byAdmin.map(({ kind }: { kind: string }) => kind)).toEqual([
        'account-enabled',
        'account-disabled',
        'sessions-ended',
      ]);
      expect(byAdmin[0].evidence.operator).toMatch(/./);
    });

    it('revokes and restores a passkey, and puts an account under a policy', async () => {
      const { authenticator, browser } = await person('eve');
      const credential = authenticator.credentials[0]?.id ?? '';
      const revoked = await admin('revoke-credential', '--', 'eve', credential);
      expect(revoked.stdout).toContain('of eve and ended 1 sessions.\nIt was the last way in');
      expect((await browser.signIn(authenticator)).body.code).toBe('credential_unknown');
      const restored = await admin('restore-credential', '--', 'eve', credential);
      expect(restored.stdout).toContain('of eve is active');
      expect((await browser.signIn(authenticator)).status).toBe(200);

      expect((await admin('policy', 'eve', 'kiosk')).stdout).toContain('refuses 1 of 1 passkeys');
      expect((await browser.signIn(authenticator)).body.code).toBe('authenticator_not_allowed');
      expect((await adminJson('policy', 'eve', 'default')).refused).toEqual([]);
      expect((await browser.signIn(authenticator)).status).toBe(200);
    });

    it('deletes an account for good, and remembers that it did', async () => {
      const { id, browser, authenticator } = await person('gone');
      expect(await admin('delete', 'gone')).toMatchObject({ status: 2, stdout: '' });
      expect((await browser.get('/api/session')).status).toBe(200);
      const { stdout } = await admin('delete', 'gone', '--yes');
      expect(stdout).toBe('Deleted gone with 1 passkeys and 1 sessions.\n');
      expect((await browser.get('/api/session')).status).toBe(401);
      expect((await browser.signIn(authenticator)).body.code).toBe('credential_unknown');
      expect((await admin('account', 'gone')).status).toBe(1);
      const { entries } = await adminJson('operators');
      expect(entries).toMatchObject([
        { kind: 'account-deleted', evidence: { account: id, passkeys: 1, sessions: 1 } },
      ]);
      expect(JSON.stringify(entries)).not.toContain('gone');
    });

    it('rotates the salt step by step, and not too early', async () => {
      expect((await admin('rotate-salt', 'status')).stdout).toContain('No rotation is under way.');
      const { salt, rotation } = await adminJson('rotate-salt', 'begin');
      expect(rotation).toMatchObject({ left: 0, orphans: 0 });
      expect(await adminJson('rotate-salt', 'status')).toEqual({ salt, rotation });
      const early = await admin('rotate-salt', 'finish');
      expect([early.status, early.stderr]).toEqual([1, expect.stringContaining('under way until')]);
      const { entries } = await adminJson('operators', '--limit', '1');
      expect(entries).toMatchObject([
        { kind: 'salt-rotation-begun', evidence: { salt: rotation.next } },
      ]);
    });

    it('tells how far a move has come', async () => {
      const { rpId, formerRpIds, counts } = await adminJson('move');
      expect([rpId, formerRpIds]).toEqual(['localhost', ['former.example']]);
      expect(counts).toEqual([
        expect.objectContaining({ rpId: 'localhost', domain: 'current', state: 'active' }),
      ]);
    });

    it('does nothing to either of two accounts that one text could mean', async () => {
      const victim = await person('dora');
      const { id } = await person(victim.id);
      const { status, stderr } = await admin('disable', victim.id);
      expect([status, stderr]).toEqual([1, expect.stringContaining('--by name or --by id')]);
      expect((await adminJson('account', victim.id, '--by', 'id')).account.id).toBe(victim.id);
      expect((await adminJson('account', victim.id, '--by', 'name')).account.id).toBe(id);
    });

    it.each([
      [1, 'There is no account nobody', ['account', 'nobody']],
      [2, 'takes one account', ['disable']],
    ])('ends with status %i and says: %s', async (expected, words, args) => {
      const { status, stdout, stderr } = await admin(...args);
      expect([status, stdout]).toEqual([expected, '']);
      expect(stderr).toContain(words);
      expect(stderr.includes('Usage:')).toBe(expected === 2);
    });

    it('has printed no token, no hash, no key, and nothing that a terminal obeys', async () => {
      const { users } = await store.listUsers({ limit: 100 });
      expect(users.length).toBeGreaterThan(5);
      for (const { id } of users) {
        for (const { publicKey } of await store.listCredentials(id)) {
          for (const encoding of ['hex', 'base64', 'base64url'] as const) {
            expect(printed).not.toContain(Buffer.from(publicKey).toString(encoding).slice(0, 40));
          }
        }
      }
      expect(printed).not.toMatch(/tokenHash|token_hash|publicKey|public_key|secret/i);
      expect(printed).not.toMatch(/(?!\n)\p{Cc}/u);
    });
  },
);

describe('the admin command line', () => {
  it('does its work though nobody reads what it says', async () => {
    const folder = newFolder();
    await (await openStore(parseDatabaseUrl(`file:${join(folder, 'a.db')}`))).close();
    const child = spawnScript('commands/admin.ts', ['accounts'], folder, {
      DATABASE_URL: 'file:a.db',
    });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    const [status] = await once(child, 'close');
    expect([status, said]).toEqual([0, '']);
  });

  it('explains itself, makes no database, and names what is wrong with the environment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-admin-'));
    const run = (env: Record<string, string>, ...args: string[]) =>
      runScript('commands/admin.ts', args, folder, env);
    expect(await run({}, '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('end-sessions ACCOUNT'),
    });
    expect(await run({}, 'accounts')).toMatchObject({
      status: 1,
      stderr: 'There is no database at data/latchkey.db.\n',
    });
    expect(await run({ PORT: 'many' }, 'accounts')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('PORT'),
    });
    const nowhere = { DATABASE_URL: 'postgres://latchkey:hush@localhost:1/x', SECRET: secret };
    const { status, stderr } = await run(nowhere, 'accounts');
    expect([status, stderr]).toEqual([1, expect.stringContaining('is not available')]);
    expect(stderr).not.toContain('hush');
    rmSync(folder, { recursive: true });
  });
});
