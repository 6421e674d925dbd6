/**
 * Ceremonies that are bent in one place each, signed afresh by the software authenticator, sent to the
 * real server: every one is refused with its code, and none changes anything.
 */
import { encodeCBOR } from '@levischuck/tiny-cbor';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import type { ErrorCode } from '../errors.ts';
import { problems } from '../errors.ts';
import { startTestApp } from '../testing/app.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { CreateBend, GetBend } from '../testing/bend.ts';
import type { Answer, TestBrowser } from '../testing/browser.ts';

const app = await startTestApp();
afterAll(() => app.close());

function expectRefusal(answer: Answer, code: ErrorCode): void {
  expect(answer.body).toMatchObject({ code, status: problems[code].status });
  expect(answer.status).toBe(problems[code].status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.headers.getSetCookie().filter((line) => line.includes('session'))).toEqual([]);
}

const clientData = (members: Record<string, unknown>) => ({
  clientData: (original: Record<string, unknown>) => ({ ...original, ...members }),
});
const raw = (value: unknown) => ({ clientData: () => value });
const change = (path: string, value: unknown) => ({
  // biome-ignore lint/suspicious/noExplicitAny: the answer is bent into any shape
  response: (json: any) => {
    const [outer, inner] = path.split('.') as [string, string?];
    if (inner === undefined) json[outer] = value;
    else json[outer][inner] = value;
    return json;
  },
});
const flip = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
const append = (bytes: Uint8Array) => new Uint8Array([...bytes, 0]);
const cut = (bytes: Uint8Array) => bytes.slice(0, 36);
const otherRp = new Uint8Array(32).fill(7);
const prf = change('clientExtensionResults', { prf: { results: { first: 'c2VjcmV0' } } });

/** What both ceremonies refuse alike. */
const common: [string, CreateBend & GetBend, ErrorCode][] = [
  [
    '§7.1.5 client data that is not UTF-8',
    raw(new Uint8Array([0x7b, 0xff, 0x7d])),
    'invalid_request',
  ],
  ['§7.1.6 client data that is not JSON', raw('{"type":'), 'invalid_request'],
  ['§7.1.6 client data null', raw('null'), 'invalid_request'],
  ['§7.1.6 client data an array', raw('[]'), 'invalid_request'],
  ['§7.1.6 client data a number', raw('7'), 'invalid_request'],
  [
    '§7.1.6 client data without a challenge',
    clientData({ challenge: undefined }),
    'invalid_request',
  ],
  ['§7.1.6 a challenge that is a number', clientData({ challenge: 7 }), 'invalid_request'],
  ['§7.1.7 no such type', clientData({ type: 'payment.get' }), 'verification_failed'],
  ['§7.1.8 an empty challenge', clientData({ challenge: '' }), 'challenge_invalid'],
  ['§7.1.8 a made-up challenge', clientData({ challenge: 'A'.repeat(64) }), 'challenge_invalid'],
  [
    '§7.1.8 a challenge with one bit changed',
    {
      clientData: (original) => {
        const challenge = String(original.challenge);
        const last = challenge.at(30) === 'A' ? 'B' : 'A';
        return { ...original, challenge: challenge.slice(0, 30) + last + challenge.slice(31) };
      },
    },
    'challenge_invalid',
  ],
  [
    '§7.1.8 the challenge with padding',
    { clientData: (original) => ({ ...original, challenge: `${original.challenge}=` }) },
    'challenge_invalid',
  ],
  ['§7.1.9 another site', clientData({ origin: 'https://evil.example' }), 'origin_mismatch'],
  ['§7.1.9 the opaque origin', clientData({ origin: 'null' }), 'origin_mismatch'],
  ['§7.1.9 another scheme', clientData({ origin: 'https://localhost' }), 'origin_mismatch'],
  [
    '§7.1.9 a trailing slash',
    { clientData: (original) => ({ ...original, origin: `${original.origin}/` }) },
    'origin_mismatch',
  ],
  [
    '§7.1.9 a sub-domain',
    {
      clientData: (original) => ({
        ...original,
        origin: String(original.origin).replace('localhost', 'evil.localhost'),
      }),
    },
    'origin_mismatch',
  ],
  ['§7.1.10 an embedded page', clientData({ crossOrigin: true }), 'verification_failed'],
  ['§7.1.10 crossOrigin as text', clientData({ crossOrigin: 'true' }), 'invalid_request'],
  [
    '§7.1.11 a top origin',
    clientData({ topOrigin: 'https://evil.example' }),
    'verification_failed',
  ],
  [
    '§7.1.11 a top origin of an embedded page',
    clientData({ crossOrigin: true, topOrigin: 'https://evil.example' }),
    'verification_failed',
  ],
  ['token binding of no kind', clientData({ tokenBinding: 'yes' }), 'verification_failed'],
  ['§7.1.14 another RP ID', { rpIdHash: otherRp }, 'verification_failed'],
  ['§7.1.15 nobody present', { flags: { up: false } }, 'verification_failed'],
  ['§7.1.16 nobody verified', { flags: { uv: false } }, 'user_verification_required'],
  ['§7.1.17 backed up, not eligible', { flags: { be: false, bs: true } }, 'verification_failed'],
  ['§6.1 extensions announced, none there', { flags: { ed: true } }, 'verification_failed'],
  ['§6.1 bytes after the authenticator data', { authData: append }, 'verification_failed'],
  ['§6.1 authenticator data cut short', { authData: cut }, 'verification_failed'],
  ['PRF results in the body', prf, 'invalid_request'],
  ['rawId that is not id', change('rawId', 'AAAA'), 'invalid_request'],
  ['id with padding', change('id', 'AAAA=='), 'invalid_request'],
  ['id with stray bits', change('id', 'AB'), 'invalid_request'],
  ['id that is empty', change('id', ''), 'invalid_request'],
  ['another credential type', change('type', 'password'), 'invalid_request'],
  ['no extension results', change('clientExtensionResults', undefined), 'invalid_request'],
  ['no response', change('response', undefined), 'invalid_request'],
  ['client data with padding', change('response.clientDataJSON', 'e30='), 'invalid_request'],
  ['client data that is no text', change('response.clientDataJSON', 7), 'invalid_request'],
];

const withAlgorithm = (algorithm: number): CreateBend => ({
  publicKey: (cose) => new Map(cose).set(3, algorithm),
});

const registrations: [string, CreateBend, ErrorCode][] = [
  ...common,
  ['§7.1.7 the type of an assertion', clientData({ type: 'webauthn.get' }), 'verification_failed'],
  ['§7.1.20 an algorithm not offered', withAlgorithm(-35), 'verification_failed'],
  ['§7.1.20 Ed448', withAlgorithm(-53), 'verification_failed'],
  [
    '§7.1.20 no algorithm',
    { publicKey: (cose) => new Map([...cose].filter(([key]) => key !== 3)) },
    'verification_failed',
  ],
  [
    'a key of another type',
    { publicKey: (cose) => new Map(cose).set(1, 1) },
    'verification_failed',
  ],
  [
    'a point off the curve',
    { publicKey: (cose) => new Map(cose).set(-2, new Uint8Array(32)) },
    'verification_failed',
  ],
  ['a key that is not CBOR', { publicKey: () => new Uint8Array([0xff]) }, 'verification_failed'],
  ['§6.5.1 no attested credential', { flags: { at: false } }, 'verification_failed'],
  [
    '§7.1.21 an unknown format',
    { attestation: () => ({ fmt: 'paper', attStmt: new Map() }) },
    'verification_failed',
  ],
  [
    '§7.1.21 android-safetynet',
    { attestation: () => ({ fmt: 'android-safetynet', attStmt: new Map() }) },
    'verification_failed',
  ],
  [
    '§8.7 none, with a statement',
    { attestation: () => ({ fmt: 'none', attStmt: new Map([['sig', new Uint8Array(8)]]) }) },
    'verification_failed',
  ],
  [
    '§8.2 packed, self-signed wrongly',
    {
      attestation: () => ({
        fmt: 'packed',
        attStmt: new Map<string, number | Uint8Array>([
          ['alg', -7],
          ['sig', new Uint8Array(70)],
        ]),
      }),
    },
    'verification_failed',
  ],
  [
    '§8.2 packed, changed after signing',
    {
      attestation: 'packed-self',
      attestationObject: (bytes) =>
        bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
    },
    'verification_failed',
  ],
  [
    '§8.6 fido-u2f without a certificate',
    { attestation: () => ({ fmt: 'fido-u2f', attStmt: new Map() }) },
    'verification_failed',
  ],
  [
    '§7.1.13 bytes after the attestation object',
    { attestationObject: append },
    'verification_failed',
  ],
  [
    '§7.1.13 not CBOR',
    { attestationObject: () => new Uint8Array([0xff, 0xff]) },
    'verification_failed',
  ],
  [
    '§7.1.13 CBOR, but no map',
    { attestationObject: () => encodeCBOR('nothing') },
    'verification_failed',
  ],
  [
    '§7.1.13 cut in half',
    { attestationObject: (bytes) => bytes.slice(0, bytes.length / 2) },
    'verification_failed',
  ],
  [
    'attestation object with padding',
    change('response.attestationObject', 'oA=='),
    'invalid_request',
  ],
  [
    '§7.1.25 an ID of 1024 bytes',
    { credentialId: new Uint8Array(1024).fill(1) },
    'invalid_request',
  ],
  ['§7.1.25 an ID of no bytes', { credentialId: new Uint8Array() }, 'invalid_request'],
  [
    '§7.1.26 an outer ID that was not attested',
    {
      response: (json) => ({ ...json, id: 'AAAA', rawId: 'AAAA' }),
    },
    'verification_failed',
  ],
  ['transports that are no list', change('response.transports', 'usb'), 'invalid_request'],
];

describe('a registration is refused for', () => {
  it.each(registrations)('%s', async (_name, bend, code) => {
    const browser = app.browser();
    const options = await browser.creationOptions({ username: app.newName() });
    const response = await app.device().create(options, bend);
    const before = await app.contents();
    expectRefusal(await browser.verifyRegistration(response), code);
    expect(await app.contents()).toEqual(before);
  });

  async function refused(
    browser: TestBrowser,
    response: Parameters<TestBrowser['verifyRegistration']>[0],
    code: ErrorCode,
  ) {
    const before = await app.contents();
    const answer = await browser.verifyRegistration(response);
    expectRefusal(answer, code);
    expect(await app.contents()).toEqual(before);
    return answer;
  }

  it('§7.1.8 a challenge of another browser', async () => {
    const response = await app
      .device()
      .create(await app.browser().creationOptions({ username: app.newName() }));
    const other = app.browser();
    await refused(other, response, 'challenge_invalid');
    await other.requestOptions();
    await refused(other, response, 'challenge_invalid');
  });

  it('§7.1.8 a challenge that was spent', async () => {
    const browser = app.browser();
    const response = await app
      .device()
      .create(await browser.creationOptions({ username: app.newName() }));
    expect((await browser.verifyRegistration(response)).status).toBe(201);
    await refused(browser, response, 'challenge_invalid');
  });

  it('§7.1.8 the challenge of a sign-in', async () => {
    const browser = app.browser();
    const { challenge } = await browser.requestOptions();
    const options = await browser.creationOptions({ username: app.newName() });
    await refused(
      browser,
      await app.device().create({ ...options, challenge }),
      'challenge_invalid',
    );
  });

  it('§7.1.26 a credential that another account has', async () => {
    const credentialId = new Uint8Array(32).fill(9);
    expect((await app.browser().signUp(app.newName(), app.device(), { credentialId })).status).toBe(
      201,
    );
    const browser = app.browser();
    const options = await browser.creationOptions({ username: app.newName() });
    await refused(
      browser,
      await app.device().create(options, { credentialId }),
      'credential_exists',
    );
  });

  it('a user name that was taken meanwhile', async () => {
    const [first, second, username] = [app.browser(), app.browser(), app.newName()];
    const options = await second.creationOptions({ username: username.toUpperCase() });
    expect((await first.signUp(username, app.device())).status).toBe(201);
    await refused(second, await app.device().create(options), 'username_taken');
  });

  it('an addition of someone who has signed out', async () => {
    const browser = app.browser();
    await browser.signUp(app.newName(), app.device());
    const response = await app.device().create(await browser.creationOptions({}));
    await browser.request('DELETE', '/api/session');
    await refused(browser, response, 'unauthenticated');
  });

  it('an addition that was issued for another account', async () => {
    const browser = app.browser();
    await browser.signUp(app.newName(), app.device());
    const response = await app.device().create(await browser.creationOptions({}));
    await browser.signUp(app.newName(), app.device());
    await refused(browser, response, 'challenge_invalid');
  });

  it('presence waived for an ordinary addition', async () => {
    const browser = app.browser();
    await browser.signUp(app.newName(), app.device());
    const options = await browser.creationOptions({});
    const response = await app.device().create(options, { flags: { up: false } });
    await refused(browser, response, 'verification_failed');
  });
});

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
    const key = app.device({ signCount: stored });
    const owner = app.browser();
    await owner.signUp(app.newName(), key);
    const response = await key.get(await browser.requestOptions(), { signCount: presented });
    expect((await refused(response, 'verification_failed')).changed).toBe(true);
    expect((await owner.get('/api/credentials')).body.credentials[0].state).toBe('suspected-clone');
    const user = await app.deps.store.findCredential(key.credentials[0]?.id ?? '');
    const [entry] = await app.deps.store.listAudit(user?.user.id ?? '', 1);
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
