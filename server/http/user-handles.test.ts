import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import type { RegisteredHandle } from '../records/credential.ts';
import { startTestApp } from '../testing/app.ts';

const former = 'old.example';
const app = await startTestApp({ env: { FORMER_RP_IDS: former } });
let count = 0;
afterAll(() => app.close());

interface Given {
  readonly userHandle?: RegisteredHandle;
  readonly rpId?: string;
}

/** Somebody whose passkey another server registered: under the handle of the account, if not told otherwise. */
async function importedPerson({ userHandle = { kind: 'account' }, rpId }: Given = {}) {
  const { store } = app.deps;
  const username = `person-${count++}`;
  const authenticator = app.device();
  const { body } = await app.browser().signUp(username, authenticator);
  const found = await store.findCredential(body.credential.id);
  if (found === null) throw new Error('no credential');
  const { credential, user } = found;
  await store.deleteAccount(user.id, 0);
  const imported = { ...credential, userHandle, rpId: rpId ?? credential.rpId };
  const account = { user, usernameKey: username, credentials: [imported], audit: [] };
  expect(await store.importAccounts([account])).toEqual(['created']);
  return { username, authenticator, user };
}

const registered = toBase64Url(randomBytes(32));
const unknown: RegisteredHandle = { kind: 'unknown' };
const recorded = {
  'the account’s': { kind: 'account' },
  'one of its own': { kind: 'own', handle: registered },
  unknown,
} satisfies Record<string, RegisteredHandle>;
type Recorded = keyof typeof recorded;
type Presented = 'none' | 'the account’s' | 'its own' | 'another account’s';

/** WebAuthn L3 §7.2 step 6: by user name, and without one. */
const rows: [Recorded, Presented, named: boolean, usernameless: boolean][] = [
  ['the account’s', 'none', true, false],
  ['the account’s', 'the account’s', true, true],
  ['the account’s', 'its own', false, false],
  ['the account’s', 'another account’s', false, false],
  ['one of its own', 'none', true, false],
  ['one of its own', 'the account’s', false, false],
  ['one of its own', 'its own', true, true],
  ['one of its own', 'another account’s', false, false],
  ['unknown', 'none', true, false],
  ['unknown', 'the account’s', true, true],
  ['unknown', 'its own', true, true],
  ['unknown', 'another account’s', true, true],
];

describe('a passkey registered under', () => {
  it.each(rows)(
    '%s handle that presents %s: by name %s, without %s',
    async (under, shown, ...signsIn) => {
      const { username, authenticator, user } = await importedPerson({
        userHandle: recorded[under],
      });
      const other = await importedPerson();
      const handles = {
        none: null,
        'the account’s': user.id,
        'its own': registered,
        'another account’s': other.user.id,
      };
      const answers = [];
      for (const body of [{ username }, {}]) {
        const bend = { userHandle: handles[shown] };
        answers.push(await app.browser().signIn(authenticator, body, bend));
      }
      expect(answers.map(({ status }) => status === 200)).toEqual(signsIn);
      for (const { status, body } of answers) {
        if (status === 200) expect(body.user.id).toBe(user.id);
        else expect(body.code).toBe('verification_failed');
      }
    },
  );
});

describe('a passkey whose handle nobody kept', () => {
  it('confirms for its own account and for no other, whatever it presents', async () => {
    const stranger = await importedPerson({ userHandle: unknown, rpId: former });
    // As if another server had made it: the device knows it under that domain.
    const [own] = stranger.authenticator.credentials;
    if (own === undefined) throw new Error('no credential');
    stranger.authenticator.credentials[0] = { ...own, rpId: former };
    const { authenticator, user } = await importedPerson();
    const victim = app.browser();
    await victim.signIn(authenticator);
    for (const userHandle of [null, user.id, stranger.user.id]) {
      // No passkey of theirs is there, so none is named.
      const options = await victim.requestOptions({ purpose: 'step-up', rpId: former });
      expect(options.allowCredentials).toEqual([]);
      const response = await stranger.authenticator.get(options, { userHandle });
      const refused = await victim.verifyAuthentication(response);
      expect(refused).toMatchObject({ status: 400, body: { code: 'verification_failed' } });
    }
    const theirs = app.browser();
    const signedIn = await theirs.signIn(stranger.authenticator, { rpId: former });
    expect(signedIn.body.user.id).toBe(stranger.user.id);
    const stepUp = { purpose: 'step-up', rpId: former };
    expect((await theirs.signIn(stranger.authenticator, stepUp)).status).toBe(200);
  });

  it('stays in the accepted list, and new ones get the handle of the account', async () => {
    const { authenticator, user } = await importedPerson({ userHandle: unknown });
    const browser = app.browser();
    const { body } = await browser.signIn(authenticator, {}, { userHandle: registered });
    const [held] = authenticator.credentials;
    expect(body.signals.allAcceptedCredentials).toMatchObject({
      userId: user.id,
      allAcceptedCredentialIds: [held?.id],
    });
    const added = app.device();
    expect((await browser.addPasskey(added)).status).toBe(201);
    expect(added.credentials[0]?.userHandle).toBe(user.id);
    const kept = (await app.deps.store.listCredentials(user.id)).map(
      ({ userHandle }) => userHandle,
    );
    expect(kept).toEqual([unknown, { kind: 'account' }]);
  });
});
