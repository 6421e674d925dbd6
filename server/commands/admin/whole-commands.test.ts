/** Commands as operators run them, beside a server: what they print works there, and what they take back does not. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/app.ts';
import { newFolder } from '../../testing/folder.ts';
import { runScript } from '../../testing/processes.ts';

let app: TestApp;
let env: Record<string, string>;
beforeAll(async () => {
  app = await startTestApp();
  const { database } = app.deps.config;
  if (database.kind === 'memory') throw new TypeError('another process can not reach it');
  env = {
    PORT: String(app.port),
    DATABASE_URL: database.kind === 'file' ? `file:${database.path}` : database.url,
    SECRET: 'a secret that is only for tests and long enough',
  };
});
afterAll(() => app.close());

const admin = (...args: string[]) => runScript('commands/admin.ts', args, newFolder(), env);

async function adminJson(...args: string[]) {
  const { status, stdout, stderr } = await admin(...args, '--json');
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

const lastAct = async () => (await app.deps.store.listOperatorEntries(1))[0];

it('invite makes a link that opens an account; revoke-invitation takes it back', async () => {
  const { id, link, username } = await adminJson('invite', 'vera', '--minutes', '5');
  expect(username).toBe('vera');
  const { stdout } = await admin('invite');
  const [, other = '', name = ''] =
    /(http\S+#\S+)\n.*revoke-invitation (\S+)\n$/.exec(stdout) ?? [];
  expect(stdout).toMatch(/^Whoever opens this link may open an account, once, until 20\d\d-.*Z:\n/);
  const { invitations } = await adminJson('invitations');
  const operator = expect.any(String);
  expect(invitations).toMatchObject([
    { id, username: 'vera', operator },
    { id: name, username: null, operator },
  ]);
  expect((await admin('invitations', '--limit', '1')).stdout).toMatch(/vera .*\n\nThere are more/);

  const accept = (of: string) => {
    const invitation = new URL(of).hash.slice(1);
    return app.browser().post('/api/registration/options', { invitation, username: 'vera' });
  };
  expect((await accept(link)).status).toBe(200);
  const revoked = await admin('revoke-invitation', id);
  expect(revoked.stdout).toBe(`The invitation ${id} opens no account any more.\n`);
  expect((await accept(link)).body.code).toBe('invitation_revoked');
  expect((await accept(other)).status).toBe(200);
  expect(await lastAct()).toMatchObject({ kind: 'invitation-revoked' });
  expect(await admin('revoke-invitation', id)).toMatchObject({
    ...{ status: 1, stdout: '', stderr: expect.stringContaining('it was used, has expired') },
  });
});

it('keys create makes a key that does what its scope says, until keys revoke', async () => {
  const made = await admin('keys', 'create', 'crm', '--scopes', 'accounts:read', '--days', '7');
  const [, id = ''] = /^The key crm \(([\w-]+)\) for accounts:read is good/.exec(made.stdout) ?? [];
  const [secret = ''] = /latchkey_operator_\S+/.exec(made.stdout) ?? [];
  const call = async (path: string) => {
    const headers = { authorization: `Bearer ${secret}` };
    return (await fetch(`${app.origin}/api/operator/${path}`, { headers })).status;
  };
  expect([await call('accounts'), await call('audit')]).toEqual([200, 403]);
  const listed = await admin('keys', 'list');
  expect(listed.stdout).toMatch(
    new RegExp(`${id} +crm +accounts:read +20.*Z +20\\d\\d-\\d\\d-\\d\\d\\n`),
  );
  expect(listed.stdout).not.toContain(secret);
  expect((await admin('keys', 'revoke', id)).stdout).toContain(`${id} does nothing any more`);
  expect(await call('accounts')).toBe(401);
  expect(await lastAct()).toMatchObject({ kind: 'operator-key-revoked', evidence: { key: id } });
});

it('messages list shows what could not be delivered; messages retry has it delivered', async () => {
  const { store } = app.deps;
  const notice = { kind: 'notice', of: 'passkey-added', at: 0, evidence: {} };
  const recipient = 'ann.lee@example.com';
  const given = { channel: 'mail', subject: 'AQ', recipient, createdAt: 1000, dueAt: 0 } as const;
  await store.addMessages([{ ...given, message: JSON.stringify(notice) }]);
  const [taken] = await store.takeMessages('mail', Date.now(), 1000);
  if (taken === undefined) throw new Error('nothing was due');
  await store.giveUpMessage(taken, 'mail server: EENVELOPE RCPT TO 550');
  const { messages } = await adminJson('messages', 'list');
  expect(messages).toEqual([
    {
      ...{ id: taken.id, channel: 'mail', kind: 'passkey-added', account: 'AQ', attempts: 1 },
      ...{ recipient: 'a…@example.com', writtenAt: '1970-01-01T00:00:01.000Z' },
      failure: 'mail server: EENVELOPE RCPT TO 550',
    },
  ]);
  const { stdout } = await admin('messages', 'list');
  expect(stdout).toMatch(/mail +passkey-added +a…@example.com +1 +mail server: .* 550 /);
  expect((await admin('messages', 'retry', taken.id)).stdout).toBe('One message is due again.\n');
  expect(await lastAct()).toMatchObject({
    kind: 'messages-retried',
    evidence: { message: taken.id },
  });
  const again = await store.takeMessages('mail', Date.now(), 1000);
  expect(again).toMatchObject([{ id: taken.id, attempts: 2, recipient }]);
  expect((await admin('messages', 'retry', 'all')).stdout).toBe('0 messages are due again.\n');
});
