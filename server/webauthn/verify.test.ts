import { beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import { type AuthenticatorOptions, SoftwareAuthenticator } from '../testing/authenticator.ts';
import { base64url, concat, sha256, utf8 } from '../testing/authenticator-data.ts';
import type { CreateBend, GetBend } from '../testing/bend.ts';
import * as ceremony from '../testing/ceremony.ts';
import {
  creationOptions,
  expectedRegistration as expected,
  requestOptions,
  site,
} from '../testing/ceremony.ts';
import { algorithms, generateKey } from '../testing/cose.ts';
import { supportedAlgorithms } from './algorithms.ts';
import type { ExpectedAuthentication } from './verify-authentication.ts';
import type { ExpectedRegistration } from './verify-registration.ts';

const authenticator = (options: Partial<AuthenticatorOptions> = {}) =>
  new SoftwareAuthenticator({ origin: site.origin, ...options });

const register = async (bend: CreateBend = {}, changed: Partial<ExpectedRegistration> = {}) =>
  ceremony.register(await authenticator().create(creationOptions, bend), {
    ...expected,
    ...changed,
  });

const holder = authenticator();
let publicKey: Uint8Array;
beforeAll(async () => {
  publicKey = (await ceremony.register(await holder.create(creationOptions), expected)).publicKey;
});

const authenticate = async (bend: GetBend = {}, changed: Partial<ExpectedAuthentication> = {}) =>
  ceremony.authenticate(await holder.get(requestOptions, bend), {
    ...expected,
    publicKey,
    ...changed,
  });

const members = (changed: Record<string, unknown>) => ({
  clientData: (data: Record<string, unknown>) => ({ ...data, ...changed }),
});
const zero = Uint8Array.of(0);
const append = (bytes: Uint8Array) => concat(bytes, zero);
const truncate = (bytes: Uint8Array) => bytes.slice(0, -1);
const without = (member: string) => ({
  response: (json: { response: object }) => ({
    ...json,
    response: { ...json.response, [member]: undefined },
  }),
});

/** What both ceremonies refuse in the same way. */
const shared: [string, CreateBend & GetBend, ErrorCode][] = [
  ['client data that is no JSON', { clientData: () => '{' }, 'invalid_request'],
  ['client data that is null', { clientData: () => null }, 'invalid_request'],
  ['client data without a challenge', members({ challenge: undefined }), 'invalid_request'],
  ['client data left out', without('clientDataJSON'), 'invalid_request'],
  ['another type', members({ type: 'payment.get' }), 'verification_failed'],
  ['another challenge', members({ challenge: base64url(utf8('another')) }), 'challenge_invalid'],
  ['the challenge padded', members({ challenge: `${site.challenge}=` }), 'challenge_invalid'],
  ['another origin', members({ origin: 'https://evil.example' }), 'origin_mismatch'],
  ['a subdomain', members({ origin: 'https://www.example.org' }), 'origin_mismatch'],
  ['our origin as a prefix', members({ origin: `${site.origin}.evil.example` }), 'origin_mismatch'],
  ['our origin with a slash', members({ origin: `${site.origin}/` }), 'origin_mismatch'],
  ['our origin without TLS', members({ origin: 'http://example.org' }), 'origin_mismatch'],
  ['our origin in capitals', members({ origin: 'https://EXAMPLE.org' }), 'origin_mismatch'],
  ['crossOrigin', members({ crossOrigin: true }), 'verification_failed'],
  ['topOrigin', members({ topOrigin: 'https://top.example' }), 'verification_failed'],
  ['our own topOrigin', members({ topOrigin: site.origin }), 'verification_failed'],
  [
    'crossOrigin with topOrigin',
    members({ crossOrigin: true, topOrigin: 'https://top.example' }),
    'verification_failed',
  ],
  ['another RP ID', { rpIdHash: sha256('evil.example') }, 'verification_failed'],
  ['nobody present', { flags: { up: false } }, 'verification_failed'],
  ['the user not verified', { flags: { uv: false } }, 'user_verification_required'],
  ['backed up, not eligible', { flags: { be: false, bs: true } }, 'verification_failed'],
  ['authenticator data cut', { authData: (data) => data.slice(0, 36) }, 'verification_failed'],
  ['authenticator data with more', { authData: append }, 'verification_failed'],
  ['extensions announced, not there', { flags: { ed: true } }, 'verification_failed'],
  [
    'extensions there, not announced',
    { extensions: new Map([['credProtect', 2]]), flags: { ed: false } },
    'verification_failed',
  ],
  [
    'rawId that is not id',
    { response: (json) => ({ ...json, rawId: 'AAAA' }) },
    'verification_failed',
  ],
  ['another kind', { response: (json) => ({ ...json, type: 'password' }) }, 'verification_failed'],
  ['no response', { response: (json) => ({ ...json, response: null }) }, 'verification_failed'],
  ['nothing at all', { response: () => null }, 'verification_failed'],
];

// Nested deep enough to end any recursion.
const nested = new Uint8Array(60_000).fill(0x81);

describe('a registration is refused', () => {
  it.each(shared)('for %s', async (_claim, bend, code) => {
    await expect(register(bend)).rejects.toMatchObject({ name: 'RpError', code });
  });

  const refused: [string, CreateBend, ErrorCode?][] = [
    ['the type of an assertion', members({ type: 'webauthn.get' })],
    ['an empty id', { credentialId: new Uint8Array() }],
    ['an id of 1024 bytes', { credentialId: new Uint8Array(1024) }],
    ['an id it did not attest', { response: (json) => ({ ...json, id: 'AAAA', rawId: 'AAAA' }) }],
    ['no attested credential', { flags: { at: false } }],
    ['a byte after the attestation object', { attestationObject: append }],
    ['an attestation object cut short', { attestationObject: truncate }],
    ['an attestation object that is no map', { attestationObject: () => zero }],
    ['an attestation object without end', { attestationObject: () => nested }],
    ['authenticator data left out', { attestationObject: () => utf8('\xa1cfmtdnone') }],
    ['a key cut short', { authData: truncate }],
    [
      'a key cut short where nobody looks',
      { publicKey: (key) => key.set(-99, new Uint8Array(8)), authData: truncate },
    ],
    ['a key that is no map', { publicKey: () => zero }],
    ['a key of no algorithm', { publicKey: (key) => key.set(3, 'ES256') }],
    ['a key off its curve', { publicKey: (key) => key.set(-2, new Uint8Array(32)) }],
    ['attestationObject left out', without('attestationObject'), 'invalid_request'],
    [
      'an attestation object in base64',
      {
        response: (json) => ({
          ...json,
          response: { ...json.response, attestationObject: 'o2Nm+/==' },
        }),
      },
      'invalid_request',
    ],
  ];

  it.each(refused)('for %s', async (_claim, bend, code = 'verification_failed') => {
    await expect(register(bend)).rejects.toMatchObject({ name: 'RpError', code });
  });

  it('for an algorithm that was not offered', async () => {
    await expect(register({}, { algorithms: [-8, -257] })).rejects.toMatchObject({
      code: 'verification_failed',
    });
  });
});

describe('an assertion is refused', () => {
  it.each(shared)('for %s', async (_claim, bend, code) => {
    await expect(authenticate(bend)).rejects.toMatchObject({ name: 'RpError', code });
  });

  const flip = (bytes: Uint8Array) => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1);
  const refused: [string, GetBend, ErrorCode?][] = [
    ['the type of a registration', members({ type: 'webauthn.create' })],
    ['a wrong signature', { signature: flip }],
    ['a signature by another key', { signature: () => generateKey(-7).sign(utf8('any')) }],
    ['a signature that is none', { signature: () => utf8('signed') }],
    ['an empty signature', { signature: () => new Uint8Array() }],
    ['signature left out', without('signature'), 'invalid_request'],
    ['authenticatorData left out', without('authenticatorData'), 'invalid_request'],
  ];

  it.each(refused)('for %s', async (_claim, bend, code = 'verification_failed') => {
    await expect(authenticate(bend)).rejects.toMatchObject({ name: 'RpError', code });
  });

  it.each([new Uint8Array(), utf8('key'), generateKey(-257).publicKey, generateKey(-8).publicKey])(
    'against a key that did not sign it (%#)',
    async (other) => {
      await expect(authenticate({}, { publicKey: other })).rejects.toMatchObject({
        code: 'verification_failed',
      });
    },
  );
});

// What remains of this, and why, is in the decision on the origins of apps.
describe('the origin of an app', () => {
  const [apple, android] = ['https://app.example.org', 'android:apk-key-hash:AAAA'];
  const appOrigins = { apple: [apple], android: [android] };
  const none = { apple: [], android: [] };
  const absent = { crossOrigin: undefined };
  const rows: [string, Record<string, unknown>, typeof appOrigins | typeof none, string][] = [
    ['Apple’s, as an app writes it', { origin: apple, ...absent }, appOrigins, 'accepted'],
    ['Apple’s, as a page writes it', { origin: apple, crossOrigin: false }, appOrigins, 'refused'],
    ['Apple’s, of an embedded page', { origin: apple, crossOrigin: true }, appOrigins, 'refused'],
    [
      'Apple’s, below a page',
      { origin: apple, ...absent, topOrigin: apple },
      appOrigins,
      'refused',
    ],
    ['Apple’s, where there are no apps', { origin: apple, ...absent }, none, 'refused'],
    ['Android’s', { origin: android, ...absent }, appOrigins, 'accepted'],
    ['Android’s, as some providers write it', { origin: android }, appOrigins, 'accepted'],
    ['Android’s, where there are no apps', { origin: android, ...absent }, none, 'refused'],
    ['of another app', { origin: `${android}A`, ...absent }, appOrigins, 'refused'],
    ['in other letters', { origin: android.toUpperCase(), ...absent }, appOrigins, 'refused'],
    ['a page’s own, without the member', absent, none, 'accepted'],
  ];
  it.each(rows)('%s', async (_claim, changed, appOrigins, expectation) => {
    const outcomes = await Promise.allSettled([
      register(members(changed), { appOrigins }),
      authenticate(members(changed), { appOrigins }),
    ]);
    for (const outcome of outcomes) {
      const reason = outcome.status === 'rejected' ? outcome.reason.code : 'accepted';
      expect(reason).toBe(expectation === 'refused' ? 'origin_mismatch' : 'accepted');
    }
  });

  it('Android’s, of an embedded page, is refused', async () => {
    const bend = members({ origin: android, crossOrigin: true });
    await expect(register(bend, { appOrigins })).rejects.toMatchObject({
      code: 'verification_failed',
    });
  });
});

describe('what people can do something about is told', () => {
  const reason = (is: string) => ({ code: 'verification_failed', members: { reason: is } });
  // {1: "OKP", 3: -8, -1: "Ed25519", …}, announced as three parameters: what Firefox 117 made
  const firefox117 = concat(
    Buffer.from('a301634f4b500327206745643235353139', 'hex'),
    Buffer.from('215820', 'hex'),
    new Uint8Array(32),
  );
  const keys: [string, CreateBend][] = [
    ['the key of Firefox 117', { publicKey: () => firefox117 }],
    ['an Ed25519 key one byte short', { publicKey: () => generateKey(-8).publicKey.slice(0, -1) }],
    ['a point off its curve', { publicKey: (key) => key.set(-2, new Uint8Array(32)) }],
    ['no CBOR', { publicKey: () => Uint8Array.of(0xff) }],
    ['no map', { publicKey: () => zero }],
    ['no algorithm', { publicKey: (key) => key.set(3, 'ES256') }],
  ];
  it.each(keys)('a malformed key: %s', async (_claim, bend) => {
    await expect(register(bend)).rejects.toMatchObject(reason('malformed-key'));
  });

  const misspelt: [string, (der: Uint8Array) => Uint8Array][] = [
    ['its length in the long form', (der) => concat(Uint8Array.of(0x30, 0x81), der.slice(1))],
    ['a byte after it', append],
    [
      'a zero too many',
      (der) => {
        const [length = 0, r = 0] = [der[1], der[3]];
        const head = Uint8Array.of(0x30, length + 1, 0x02, r + 1, 0);
        return concat(head, der.slice(4));
      },
    ],
  ];
  it.each(misspelt)('a signature in BER: %s', async (_claim, signature) => {
    await expect(authenticate({ signature })).rejects.toMatchObject(reason('malformed-signature'));
    // Whatever the key is: else it would tell a decoy, whose key is of ES256, from a passkey whose is not.
    const other = { publicKey: generateKey(-8).publicKey };
    await expect(authenticate({ signature }, other)).rejects.toMatchObject(
      reason('malformed-signature'),
    );
  });

  it.each<[string, GetBend]>([
    ['a wrong signature', { signature: (der) => der.with(-1, (der.at(-1) ?? 0) ^ 1) }],
    ['a signature that is none', { signature: () => new Uint8Array(8) }],
    ['another type', members({ type: 'payment.get' })],
  ])('and of %s nothing is told', async (_claim, bend) => {
    await expect(authenticate(bend)).rejects.toMatchObject({
      members: {},
      publicDetail: undefined,
    });
  });
});

// The library would refuse these too; that its rules change must not be able to change ours.
describe('our own reading comes first', () => {
  const read: [string, CreateBend & GetBend, RegExp][] = [
    ['of the type', members({ type: 'payment.get' }), /^type is not/],
    ['of user presence', { flags: { up: false } }, /^nobody was present/],
    ['of user verification', { flags: { uv: false } }, /^the user was not verified/],
    ['of the backup flags', { flags: { be: false } }, /^backed up without/],
  ];

  it.each(read)('%s', async (_claim, bend, detail) => {
    const refusal = { detail: expect.stringMatching(detail) };
    await expect(register(bend)).rejects.toMatchObject(refusal);
    await expect(authenticate(bend)).rejects.toMatchObject(refusal);
  });
});

describe.each(algorithms)('algorithm %d', (algorithm) => {
  it.each([0, 7])('registers and signs in with a counter that begins at %d', async (signCount) => {
    const device = authenticator({ algorithms: [algorithm], signCount });
    const verified = await ceremony.register(await device.create(creationOptions), expected);
    expect(verified).toMatchObject({
      id: device.credentials[0]?.id,
      publicKey: device.credentials[0]?.key.publicKey,
      algorithm,
      signCount,
      userPresent: true,
      userVerified: true,
      backupEligible: true,
      backedUp: true,
      fmt: 'none',
      rpId: site.rpId,
      origin: site.origin,
      transports: ['internal', 'hybrid'],
      attachment: 'platform',
    });
    const expectedSignIn = { ...expected, publicKey: verified.publicKey };
    expect(await ceremony.authenticate(await device.get(requestOptions), expectedSignIn)).toEqual({
      signCount: signCount && signCount + 1,
      userPresent: true,
      userVerified: true,
      backupEligible: true,
      backedUp: true,
      rpId: site.rpId,
      origin: site.origin,
      attachment: 'platform',
    });
    const forged = await device.get(requestOptions, {
      signature: (bytes) => bytes.with(9, (bytes[9] ?? 0) ^ 1),
    });
    await expect(ceremony.authenticate(forged, expectedSignIn)).rejects.toMatchObject({
      code: 'verification_failed',
    });
  });
});

describe('what is not asked for is not required', () => {
  it('a conditional create may lack the person', async () => {
    const verified = await register(
      { flags: { up: false, uv: false } },
      { userPresence: false, userVerification: false },
    );
    expect(verified).toMatchObject({ userPresent: false, userVerified: false });
  });

  it('user verification that was not required may be missing', async () => {
    const changed = { userVerification: false };
    const bend = { flags: { uv: false } };
    expect(await register(bend, changed)).toMatchObject({ userVerified: false });
    expect(await authenticate(bend, changed)).toMatchObject({ userVerified: false });
  });

  it.each([1, 1023])('an id may have %d bytes', async (size) => {
    const credentialId = new Uint8Array(size).fill(7);
    expect((await register({ credentialId })).id).toBe(base64url(credentialId));
  });

  it('any of several origins and RP IDs will do', async () => {
    const several = {
      origins: ['https://other.example', site.origin],
      rpIds: ['other.example', site.rpId],
    };
    expect(await register({}, several)).toMatchObject({ rpId: site.rpId, origin: site.origin });
    expect(await authenticate({}, several)).toMatchObject({ rpId: site.rpId });
  });

  // WebAuthn L3 §7.1 step 28 and §5.8.1: later clients and authenticators will say more
  it('what was added to client data and extensions is ignored', async () => {
    const bend = { ...members({ other: { keys: 1 } }), extensions: new Map([['credProtect', 2]]) };
    await register(bend);
    await authenticate(bend);
  });

  // WebAuthn L3 §5.8.1 reserves the member: what stands in it is nobody's business
  it.each([
    { status: 'not-supported' },
    { status: 'notSupported' },
    { status: 'supported' },
    { status: 'present', id: 'AAAA' },
    { status: 'unused' },
    {},
    [],
    'yes',
    7,
    true,
    null,
  ])('tokenBinding %o is ignored by both', async (tokenBinding) => {
    await register(members({ tokenBinding }));
    await register({ ...members({ tokenBinding }), attestation: 'packed-self' });
    await authenticate(members({ tokenBinding }));
  });

  it('transports and attachment that make no sense are left out', async () => {
    const verified = await register({
      response: (json) => ({
        ...json,
        authenticatorAttachment: 'embedded',
        response: { ...json.response, transports: ['usb', 'USB', 'quantum', 7, 'usb'] },
      }),
    });
    expect(verified).toMatchObject({ transports: ['usb', 'quantum'], attachment: null });
  });
});

it('offers the algorithms we know, best first', () => {
  expect(supportedAlgorithms()).toEqual([-48, -7, -8, -257]);
});
