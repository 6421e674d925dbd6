import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showAccount } from '../../administration/accounts.ts';
import type { Administration } from '../../administration/administration.ts';
import { findAccount } from '../../administration/find-account.ts';
import { restorePasskey, revokePasskey } from '../../administration/passkeys.ts';
import type { User } from '../../records/user.ts';
import { startTestApp, type TestApp } from '../../testing/app.ts';
import { type AuthenticatorOptions, SoftwareAuthenticator } from '../../testing/authenticator.ts';
import { accountText } from './accounts.ts';
import { restoredText, revokedText } from './passkeys.ts';

/** AAGUID of Apple's anonymous attestation. */
const appleDeviceBound = 'f24a8e70-d0d3-f82c-2937-32523cc4de5a';
const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1';

let app: TestApp;
let deps: Administration;
beforeAll(async () => {
  app = await startTestApp({ env: { COUNTRY_HEADER: 'x-country' } });
  deps = { ...app.deps, operator: 'root' };
});
afterAll(() => app.close());

async function person(username: string, traits: Partial<AuthenticatorOptions> = {}) {
  const authenticator = new SoftwareAuthenticator({ origin: app.origin, ...traits });
  const browser = app.browser();
  expect((await browser.signUp(username, authenticator)).status).toBe(201);
  const user = await findAccount(deps, { text: username, by: undefined });
  return { authenticator, browser, user, credential: authenticator.credentials[0]?.id ?? '' };
}

async function revoke(user: User, id: string) {
  const json = await revokePasskey(deps, user, id);
  return { json, text: revokedText(json) };
}

async function restore(user: User, id: string) {
  return { text: restoredText(await restorePasskey(deps, user, id)) };
}

async function byOperator(userId: string) {
  const entries = (await deps.store.listAudit(userId, { limit: 20 })).entries;
  return entries.filter(({ evidence }) => 'by' in evidence && evidence.by === 'admin');
}

describe('a passkey, as an operator sees it', () => {
  it('tells domain, last use, what makes it legacy, and until when its owner is left alone', async () => {
    const { authenticator, browser, user, credential } = await person('lea', {
      backupEligible: false,
      transports: ['internal'],
      aaguid: appleDeviceBound,
    });
    const response = await authenticator.get(await browser.requestOptions());
    const headers = { 'user-agent': iPhone, 'x-country': 'DE' };
    await browser.request('POST', '/api/authentication/verify', response, headers);
    await browser.post(`/api/credentials/${credential}/postpone-upgrade`);

    const json = await showAccount(deps, user);
    const text = accountText(json);
    const [stored] = await deps.store.listCredentials(user.id);
    expect(json).toMatchObject({
      passkeys: [
        {
          rpId: 'localhost',
          lastUsedOn: 'Safari on iPhone',
          lastUsedIn: 'DE',
          legacyEvidence: ['device-bound', 'es256-without-counter', 'aaguid'],
          upgradeAfter: new Date(stored?.upgradeAfter ?? 0).toISOString(),
        },
      ],
    });
    expect(text).toMatch(
      / active +localhost .* Safari on iPhone, DE .* device-bound es256-without-counter aaguid +20\d\d-/,
    );
  });
});

describe('an operator', () => {
  it('revokes and restores a passkey, at once and for the record', async () => {
    const { authenticator, browser, credential, user } = await person('eve');
    const another = new SoftwareAuthenticator({ origin: app.origin });
    expect((await browser.addPasskey(another)).status).toBe(201);

    const { text } = await revoke(user, credential);
    expect(text).toMatch(/^Revoked .+ of eve and ended 1 sessions\.$/);
    expect((await browser.get('/api/session')).status).toBe(401);
    const refused = (await browser.signIn(authenticator)).body;
    expect(refused.code).toBe('credential_unknown');
    // With them the browser would tell the device to delete it for good.
    expect(refused).not.toHaveProperty('credentialId');
    expect(refused).not.toHaveProperty('rpId');
    expect((await browser.signIn(another)).status).toBe(200);
    const { excludeCredentials } = await browser.creationOptions({});
    expect(excludeCredentials?.map(({ id }) => id)).toEqual([another.credentials[0]?.id]);

    const restored = await restore(user, credential);
    expect(restored.text).toMatch(/ of eve is active; it was revoked\.$/);
    expect((await browser.signIn(authenticator)).status).toBe(200);
    expect(await byOperator(user.id)).toMatchObject([
      { kind: 'passkey-restored', credentialId: credential, evidence: { from: 'revoked' } },
      {
        kind: 'passkey-revoked',
        credentialId: credential,
        evidence: { from: 'active', name: expect.any(String), operator: 'root' },
      },
    ]);
  });

  it('who asks twice is told, and leaves no second entry', async () => {
    const { credential, user } = await person('flo');
    expect((await restore(user, credential)).text).toContain('is active already');
    await revoke(user, credential);
    expect((await revoke(user, credential)).text).toContain('is revoked already');
    expect(await byOperator(user.id)).toHaveLength(1);
  });

  it('takes the suspicion off a clone, which verifies its owner again', async () => {
    const { authenticator, browser, credential, user } = await person('clara', {
      signCount: 5,
      backupEligible: false,
    });
    await browser.signIn(authenticator, {}, { signCount: 5 });
    expect((await browser.signIn(authenticator)).body.userVerified).toBe(false);
    const { text } = await restore(user, credential);
    expect(text).toMatch(/ is active; it was suspected-clone\.$/);
    expect((await browser.signIn(authenticator)).body.userVerified).toBe(true);
  });

  it('may revoke the last way in, and is told so', async () => {
    const { credential, user } = await person('finn');
    const { text, json } = await revoke(user, credential);
    expect(text).toMatch(/\nIt was the last way in: nobody can sign in to finn any more\.$/);
    expect(json).toMatchObject({ ended: 1, waysIn: 0 });
  });

  it('is told when only replaced passkeys are left', async () => {
    const { authenticator, browser, credential, user } = await person('gina', {
      backupEligible: false,
      transports: ['internal'],
      aaguid: appleDeviceBound,
    });
    await browser.addPasskey(authenticator, { upgrades: credential });
    const successor = authenticator.credentials[0]?.id ?? '';
    expect(successor).not.toBe(credential);
    const { text } = await revoke(user, successor);
    expect(text).toMatch(/last way in: gina has only passkeys left that were replaced\.$/);
  });

  it('changes no passkey of another account', async () => {
    const { credential } = await person('gus');
    const { user } = await person('hal');
    for (const change of [revokePasskey, restorePasskey]) {
      await expect(change(deps, user, credential)).rejects.toMatchObject({
        refusal: { code: 'passkey_unknown', username: 'hal', passkey: credential },
      });
    }
  });
});
