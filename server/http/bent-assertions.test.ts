/**
 * Assertions that are bent in one place each, signed afresh by the software authenticator, sent to the real
 * server: every one is refused with its code, and none changes anything but by its trace.
 */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import type { ErrorCode } from '../errors.ts';
import { startTestApp } from '../testing/app.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { GetBend } from '../testing/bend.ts';
import { append, clientData, common, expectRefusal } from '../testing/bent-rows.ts';
import type { TestBrowser } from '../testing/browser.ts';

const app = await startTestApp();
afterAll(() => app.close());

const flip = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte));

const assertions: [string, GetBend, ErrorCode][] = [
  ...common,
  [
    '§7.2.10 the type of a registration',
    clientData({ type: 'webauthn.create' }),
    'verification_failed',
  ],
  ['§7.2.6 no user handle', { userHandle: null }, 'verification_failed'],
  ['§7.2.6 an empty user handle', { userHandle: '' }, 'verification_failed'],
  [
    '§7.2.6 another user handle',
    { userHandle: toBase64Url(new Uint8Array(32)) },
    'verification_failed',
  ],
  [
    '§7.2.6 a user handle of 65 bytes',
    { userHandle: toBase64Url(new Uint8Array(65)) },
    'invalid_request',
  ],
  ['§7.2.19 no longer backup eligible', { flags: { be: false, bs: false } }, 'verification_failed'],
  ['§7.2.21 a signature with one bit changed', { signature: flip }, 'verification_failed'],
  [
    '§7.2.21 a signature cut short',
    { signature: (bytes) => bytes.slice(0, 20) },
    'verification_failed',
  ],
  [
    '§7.2.21 a signature of zeros',
    { signature: (bytes) => bytes.map(() => 0) },
    'verification_failed',
  ],
  ['§7.2.21 a signature with a byte more', { signature: append }, 'verification_failed'],
  ['§7.2.21 an empty signature', { signature: () => new Uint8Array() }, 'invalid_request'],
  [
    '§7.2.20 authenticator data changed after signing',
    {
      response: (json) => ({
        ...json,
        response: {
          ...json.response,
          authenticatorData: toBase64Url(flip37(json.response.authenticatorData)),
        },
      }),
    },
    'verification_failed',
  ],
  ['§6.1 attested data announced, none there', { flags: { at: true } }, 'verification_failed'],
  [
    '§7.2.3 a credential nobody has',
    {
      response: (json) => ({ ...json, id: 'AAAA', rawId: 'AAAA' }),
    },
    'credential_unknown',
  ],
];

function flip37(authenticatorData: string): Uint8Array {
  const bytes = Buffer.from(authenticatorData, 'base64url');
  bytes[36] = (bytes[36] ?? 0) ^ 1;
  return bytes;
}

describe('an assertion is refused for', () => {
  let authenticator: SoftwareAuthenticator;
  let username: string;
  let browser: TestBrowser;

  beforeEach(async () => {
    authenticator = app.device();
    username = app.newName();
    await app.browser().signUp(username, authenticator);
    browser = app.browser();
  });

  async function refused(
    response: Parameters<TestBrowser['verifyAuthentication']>[0],
    code: ErrorCode,
    by = browser,
  ) {
    const before = await app.contents();
    const answer = await by.verifyAuthentication(response);
    expectRefusal(answer, code);
    return { answer, changed: JSON.stringify(await app.contents()) !== JSON.stringify(before) };
  }

  it.each(assertions)('%s', async (name, bend, code) => {
    const response = await authenticator.get(await browser.requestOptions(), bend);
    const { answer, changed } = await refused(response, code);
    // A good signature over a forbidden change leaves its trace, and nothing else does.
    expect(changed).toBe(name.startsWith('§7.2.19'));
    if (code === 'credential_unknown') {
      expect(answer.body).toMatchObject({ rpId: 'localhost', credentialId: 'AAAA' });
    }
  });

  it('§7.2.11 a challenge of another browser', async () => {
    const response = await authenticator.get(await app.browser().requestOptions());
    await browser.requestOptions();
    expect((await refused(response, 'challenge_invalid')).changed).toBe(false);
  });

  it('§7.2.11 a challenge that was spent', async () => {
    const response = await authenticator.get(await browser.requestOptions());
    expect((await browser.verifyAuthentication(response)).status).toBe(200);
    expect((await refused(response, 'challenge_invalid')).changed).toBe(false);
  });

  it('§7.2.11 the challenge of a registration', async () => {
    const { challenge } = await browser.creationOptions({ username: app.newName() });
    const options = await browser.requestOptions();
    const response = await authenticator.get({ ...options, challenge });
    expect((await refused(response, 'challenge_invalid')).changed).toBe(false);
  });

  it('§7.2.11 the challenge of a step-up, signed out', async () => {
    await browser.signIn(authenticator);
    const response = await authenticator.get(await browser.requestOptions({ purpose: 'step-up' }));
    await browser.request('DELETE', '/api/session');
    expect((await refused(response, 'challenge_invalid')).changed).toBe(false);
  });

  it('§7.2.5 a credential that is not among the allowed ones', async () => {
    const other = app.device();
    await app.browser().signUp(app.newName(), other);
    const options = await browser.requestOptions({ username });
    const response = await other.get({ ...options, allowCredentials: [] });
    expect((await refused(response, 'verification_failed')).changed).toBe(false);
  });

  it('§7.2.5 a step-up with the passkey of another account', async () => {
    await browser.signIn(authenticator);
    const other = app.device();
    await app.browser().signUp(app.newName(), other);
    const options = await browser.requestOptions({ purpose: 'step-up' });
    const response = await other.get({ ...options, allowCredentials: [] });
    expect((await refused(response, 'verification_failed')).changed).toBe(false);
  });

  it('§7.2.6 a foreign user handle with a user name', async () => {
    const options = await browser.requestOptions({ username });
    const userHandle = toBase64Url(new Uint8Array(32));
    const response = await authenticator.get(options, { userHandle });
    expect((await refused(response, 'verification_failed')).changed).toBe(false);
  });

  it('§7.2.21 the signature of another key under a known ID', async () => {
    const other = app.device();
    await app.browser().signUp(app.newName(), other);
    const { id = '', userHandle = '' } = authenticator.credentials[0] ?? {};
    const response = await other.get(await browser.requestOptions(), {
      userHandle,
      response: (json) => ({ ...json, id, rawId: id }),
    });
    expect((await refused(response, 'verification_failed')).changed).toBe(false);
  });

  it('§7.2.19 become backup eligible', async () => {
    const bound = app.device({ backupEligible: false });
    await app.browser().signUp(app.newName(), bound);
    const response = await bound.get(await browser.requestOptions(), { flags: { be: true } });
    expect((await refused(response, 'verification_failed')).changed).toBe(true);
  });

  it.each([
    ['fell', 5, 3],
    ['stood still', 5, 5],
    ['went back to zero', 5, 0],
  ])('§7.2.22 a counter that %s, and marks the credential', async (_name, stored, presented) => {
    const key = app.device({ signCount: stored, backupEligible: false });
    const owner = app.browser();
    await owner.signUp(app.newName(), key);
    const response = await key.get(await browser.requestOptions(), { signCount: presented });
    expect((await refused(response, 'verification_failed')).changed).toBe(true);
    expect((await owner.get('/api/credentials')).body.credentials[0].state).toBe('suspected-clone');
    const user = await app.deps.store.findCredential(key.credentials[0]?.id ?? '');
    const [entry] = (await app.deps.store.listAudit(user?.user.id ?? '', { limit: 1 })).entries;
    expect(entry).toMatchObject({
      kind: 'sign-count-regressed',
      evidence: { signCount: presented, storedSignCount: stored },
    });
  });

  // Last: the clock does not go back.
  it('§7.2.11 a challenge that has expired', async () => {
    const response = await authenticator.get(await browser.requestOptions());
    app.advance(600_000 + 1);
    expect((await refused(response, 'challenge_invalid')).changed).toBe(false);
  });
});
