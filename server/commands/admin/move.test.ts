import { afterAll, beforeAll, expect, it } from 'vitest';
import { showMove } from '../../administration/move.ts';
import type { Credential, CredentialState } from '../../records/credential.ts';
import type { User } from '../../records/user.ts';
import { startTestApp, type TestApp } from '../../testing/app.ts';
import { SoftwareAuthenticator } from '../../testing/authenticator.ts';
import { moveText } from './move.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ env: { FORMER_RP_IDS: 'old.example,older.example' } });
});
afterAll(() => app.close());

/** An account whose passkeys are those of someone else, but for what is said here. */
async function keep(like: Credential, handle: string, held: [string, CredentialState][]) {
  const user: User = {
    ...{ id: handle, username: handle, displayName: handle, createdAt: 0 },
    ...{ disabledAt: null, policy: null },
  };
  const credentials = held.map(([rpId, state], index) => {
    const id = Buffer.from(`${handle} ${index}`).toString('base64url');
    return { ...like, id, userId: handle, rpId, state };
  });
  await app.deps.store.importAccounts([{ user, usernameKey: handle, credentials, audit: [] }]);
}

it('the state of a move is told by domain and state, with what is left to do and who is left out', async () => {
  const { body } = await app
    .browser()
    .signUp('kim', new SoftwareAuthenticator({ origin: app.origin }));
  const [like] = await app.deps.store.listCredentials(body.user.id);
  if (like === undefined) throw new Error('kim has no passkey');
  await keep(like, 'a3VydA', [
    ['old.example', 'active'],
    ['old.example', 'superseded'],
    ['older.example', 'suspected-clone'],
    ['lost.example', 'active'],
  ]);
  await keep(like, 'bGVuYQ', [
    ['old.example', 'active'],
    ['old.example', 'revoked'],
  ]);

  const json = await showMove({ ...app.deps, operator: 'root' });
  const text = moveText(json);
  expect(text.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    'RP ID DOMAIN STATE PASSKEYS ACCOUNTS',
    'localhost current active 1 1',
    'old.example former active 2 2',
    'old.example former revoked 1 1',
    'old.example former superseded 1 1',
    'older.example former suspected-clone 1 1',
    'lost.example not served active 1 1',
    '',
    'Passkeys of former domains: 1 replaced, 3 not yet.',
    "Warning: lost.example is neither RP_ID nor in FORMER_RP_IDS, so its passkeys can't sign in.",
  ]);
  expect(json).toMatchObject({
    rpId: 'localhost',
    formerRpIds: ['old.example', 'older.example'],
    progress: { replaced: 1, waiting: 3 },
    notServed: ['lost.example'],
  });
});
