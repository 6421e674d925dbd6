import { createHash, createHmac } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedApple, openWithStandIn } from '../testing/apple/opened.ts';
import { signingKey } from '../testing/apple/signing.ts';
import { bundleIds, servicesId } from '../testing/apple/stand-in.ts';
import type { Person } from '../testing/apple/world.ts';
import type { FailureCause } from './failure.ts';
import type { AppleIdentity, IdentityTokenExpected } from './identity-token.ts';

let opened: OpenedApple;
let ann: Person;
beforeAll(async () => {
  opened = await openWithStandIn();
  ann = opened.standIn.addPerson('Ann');
});
afterAll(() => opened.close());

const [app] = bundleIds;
const nonce = 'a nonce of ours';
const sha256 = (text: string) => createHash('sha256').update(text).digest();
const expected: IdentityTokenExpected = { audiences: [servicesId], nonce: { hashed: nonce } };
const now = () => Math.floor(Date.now() / 1000);

/** What becomes of a token whose claims were changed before it was signed. */
async function outcomeOf(
  change: (claims: JWTPayload) => JWTPayload,
  options: {
    readonly expected?: Partial<IdentityTokenExpected>;
    readonly sign?: Parameters<OpenedApple['standIn']['sign']>[1];
    readonly bend?: (token: string) => string;
  } = {},
): Promise<AppleIdentity | FailureCause> {
  const { standIn, apple } = opened;
  const claims = change(standIn.claims(ann, servicesId, nonce));
  const token = await standIn.sign(claims, options.sign);
  const bent = options.bend?.(token) ?? token;
  return apple
    .verifyIdentityToken(bent, { ...expected, ...options.expected })
    .catch(({ cause }) => cause);
}

const without = (name: string) => (claims: JWTPayload) => {
  const { [name]: _, ...others } = claims;
  return others;
};
const having = (members: JWTPayload) => (claims: JWTPayload) => ({ ...claims, ...members });
const same = (claims: JWTPayload) => claims;

/** Replaces a part of a token that is signed already. */
const part = (index: number, replace: (text: string) => string) => (token: string) =>
  token
    .split('.')
    .map((each, at) => (at === index ? replace(each) : each))
    .join('.');
const json = (change: (value: Record<string, unknown>) => object) => (text: string) =>
  Buffer.from(
    JSON.stringify(change(JSON.parse(Buffer.from(text, 'base64url').toString()))),
  ).toString('base64url');

describe('an identity token', () => {
  it('says who signed in', async () => {
    expect(await outcomeOf(same)).toEqual({
      sub: opened.standIn.subOf(ann),
      email: 'ann@icloud.example',
      emailVerified: true,
      isPrivateEmail: false,
      transferSub: null,
      realUserStatus: null,
      authTime: expect.any(Number),
      issuedAt: expect.any(Number),
      expiresAt: expect.any(Number),
      audience: servicesId,
    });
  });

  const taken: [string, (claims: JWTPayload) => JWTPayload, Partial<AppleIdentity>][] = [
    ['email_verified in text', having({ email_verified: 'true' }), { emailVerified: true }],
    ['email_verified as a boolean', having({ email_verified: true }), { emailVerified: true }],
    ['email_verified "false"', having({ email_verified: 'false' }), { emailVerified: false }],
    ['email_verified false', having({ email_verified: false }), { emailVerified: false }],
    ['email_verified 1', having({ email_verified: 1 }), { emailVerified: false }],
    ['email_verified "TRUE"', having({ email_verified: 'TRUE' }), { emailVerified: false }],
    ['no email_verified', without('email_verified'), { emailVerified: false }],
    ['is_private_email in text', having({ is_private_email: 'true' }), { isPrivateEmail: true }],
    ['is_private_email as a boolean', having({ is_private_email: true }), { isPrivateEmail: true }],
    ['is_private_email "false"', having({ is_private_email: 'false' }), { isPrivateEmail: false }],
    ['no address', without('email'), { email: null, emailVerified: false }],
    ['an address that is none', having({ email: 'ann' }), { email: null, emailVerified: false }],
    ['an address of another type', having({ email: ['a@b.example'] }), { email: null }],
    ['an address that is too long', having({ email: `${'a'.repeat(250)}@b.cd` }), { email: null }],
    ['real_user_status 2', having({ real_user_status: 2 }), { realUserStatus: 2 }],
    ['real_user_status 9', having({ real_user_status: 9 }), { realUserStatus: null }],
    ['a transfer_sub', having({ transfer_sub: '000t.1' }), { transferSub: '000t.1' }],
    ['no auth_time', without('auth_time'), { authTime: null }],
    ['iat half a minute ahead', (claims) => ({ ...claims, iat: now() + 30 }), {}],
    ['exp half a minute ago', (claims) => ({ ...claims, exp: now() - 30 }), {}],
  ];
  it.each(taken)('with %s is taken', async (_name, change, facts) => {
    expect(await outcomeOf(change)).toMatchObject({ audience: servicesId, ...facts });
  });

  const refused: [string, (claims: JWTPayload) => JWTPayload, FailureCause][] = [
    ['no iss', without('iss'), 'token-issuer'],
    ['another iss', having({ iss: 'https://appleid.example.com' }), 'token-issuer'],
    ['iss with a slash', having({ iss: 'https://appleid.apple.com/' }), 'token-issuer'],
    ['no aud', without('aud'), 'token-audience'],
    ['another client as aud', having({ aud: 'com.stranger.app' }), 'token-audience'],
    ['an app of ours as aud, on the web', having({ aud: app }), 'token-audience'],
    ['several aud', having({ aud: [servicesId, 'com.stranger.app'] }), 'token-audience'],
    ['one aud in a list', having({ aud: [servicesId] }), 'token-audience'],
    ['no exp', without('exp'), 'token-claims'],
    ['exp in text', having({ exp: '9999999999' as never }), 'token-claims'],
    ['exp two minutes ago', (claims) => ({ ...claims, exp: now() - 120 }), 'token-expired'],
    ['no iat', without('iat'), 'token-claims'],
    ['iat in text', having({ iat: 'now' as never }), 'token-claims'],
    ['iat in ten minutes', (claims) => ({ ...claims, iat: now() + 600 }), 'token-of-the-future'],
    ['nbf in ten minutes', (claims) => ({ ...claims, nbf: now() + 600 }), 'token-of-the-future'],
    ['no sub', without('sub'), 'token-claims'],
    ['an empty sub', having({ sub: '' }), 'token-claims'],
    ['a sub of another type', having({ sub: 7 as never }), 'token-claims'],
    ['a sub that is too long', having({ sub: 's'.repeat(256) }), 'token-claims'],
    ['no nonce', without('nonce'), 'nonce-missing'],
    [
      'no nonce, and "true" in text',
      (claims) => without('nonce')({ ...claims, nonce_supported: 'true' }),
      'nonce-missing',
    ],
    ['another nonce', having({ nonce: 'another' }), 'nonce-mismatch'],
    ['an empty nonce', having({ nonce: '' }), 'nonce-mismatch'],
    ['the nonce hashed again', having({ nonce: sha256(nonce).toString('hex') }), 'nonce-mismatch'],
    ['a nonce of another type', having({ nonce: 7 }), 'token-claims'],
  ];
  it.each(refused)('with %s is refused', async (_name, change, cause) => {
    expect(await outcomeOf(change)).toBe(cause);
  });

  it('may lack the nonce only if its platform says that it knows none', async () => {
    const old = (claims: JWTPayload) => without('nonce')({ ...claims, nonce_supported: false });
    expect(await outcomeOf(old)).toMatchObject({ audience: servicesId });
    const unsaid = (claims: JWTPayload) => without('nonce')(without('nonce_supported')(claims));
    expect(await outcomeOf(unsaid)).toMatchObject({ audience: servicesId });
    const other = having({ nonce: 'another', nonce_supported: false });
    expect(await outcomeOf(other)).toBe('nonce-mismatch');
  });

  it('of an app has the SHA-256 of the raw nonce in hex, and nothing else', async () => {
    const raw = { expected: { nonce: { raw: 'raw' } } };
    const hashed = sha256('raw');
    const outcome = (said: string) => outcomeOf(having({ nonce: said }), raw);
    expect(await outcome(hashed.toString('hex'))).toMatchObject({ audience: servicesId });
    expect(await outcome('raw')).toBe('nonce-mismatch');
    expect(await outcome(hashed.toString('base64url'))).toBe('nonce-mismatch');
    expect(await outcome(hashed.toString('hex').toUpperCase())).toBe('nonce-mismatch');
  });

  it('belongs to the code that came with it', async () => {
    const hash = (code: string) => sha256(code).subarray(0, 16).toString('base64url');
    const outcome = (said: JWTPayload) =>
      outcomeOf(having(said), { expected: { code: 'the code' } });
    expect(await outcome({ c_hash: hash('the code') })).toMatchObject({ audience: servicesId });
    expect(await outcome({ c_hash: hash('another') })).toBe('code-mismatch');
    expect(await outcome({ c_hash: '' })).toBe('code-mismatch');
    expect(await outcome({})).toMatchObject({ audience: servicesId });
  });

  it('is for any of several clients, and says for which', async () => {
    const both = { expected: { audiences: [servicesId, app] } };
    expect(await outcomeOf(having({ aud: app }), both)).toMatchObject({ audience: app });
  });

  const unpublished = signingKey('unpublished');
  const published = () => opened.standIn.world.signingKeys;
  const forged: [string, () => Parameters<typeof outcomeOf>[1], FailureCause][] = [
    ['signed with an unpublished key', () => ({ sign: { key: unpublished } }), 'token-key-unknown'],
    [
      'signed with an unpublished key that takes the name of a published one',
      () => ({ sign: { key: { ...unpublished, kid: published()[0]?.kid ?? '' } } }),
      'token-signature',
    ],
    [
      'that names the other published key',
      () => ({ sign: { header: { kid: published()[1]?.kid } } }),
      'token-signature',
    ],
    ['signed with RS512', () => ({ sign: { header: { alg: 'RS512' } } }), 'token-algorithm'],
    ['signed with PS256', () => ({ sign: { header: { alg: 'PS256' } } }), 'token-algorithm'],
    ['that is not signed', () => ({ bend: (token: string) => unsigned(token) }), 'token-algorithm'],
    [
      'signed with HS256, the public key being the secret',
      () => ({ bend: (token: string) => hmacSigned(token) }),
      'token-algorithm',
    ],
    [
      'that brings its own key',
      () => ({
        sign: {
          key: unpublished,
          header: { jwk: unpublished.publicKey.export({ format: 'jwk' }) },
        },
      }),
      'token-key-unknown',
    ],
    [
      'whose claims were changed after it was signed',
      () => ({
        bend: part(
          1,
          json((claims) => ({ ...claims, sub: 'another' })),
        ),
      }),
      'token-signature',
    ],
    ['whose signature was cut off', () => ({ bend: part(2, () => '') }), 'token-signature'],
    ['of two parts', () => ({ bend: (token) => token.split('.', 2).join('.') }), 'token-malformed'],
    ['of five parts', () => ({ bend: (token) => `${token}.a.b` }), 'token-malformed'],
    ['that is empty', () => ({ bend: () => '' }), 'token-malformed'],
    ['that is any text', () => ({ bend: () => 'an access token, perhaps' }), 'token-malformed'],
    [
      'whose header demands an extension',
      () => ({
        bend: part(
          0,
          json((header) => ({ ...header, crit: ['x'], x: 1 })),
        ),
      }),
      'token-malformed',
    ],
  ];
  it.each(forged)('%s is refused', async (_name, options, cause) => {
    expect(await outcomeOf(same, options())).toBe(cause);
  });
});

function unsigned(token: string): string {
  return part(
    0,
    json((header) => ({ ...header, alg: 'none' })),
  )(part(2, () => '')(token));
}

/** RFC 8725 §2.1 */
function hmacSigned(token: string): string {
  const [head = '', body = ''] = part(
    0,
    json((header) => ({ ...header, alg: 'HS256' })),
  )(token).split('.');
  const [key] = opened.standIn.world.signingKeys;
  const secret = key?.publicKey.export({ type: 'spki', format: 'pem' }) ?? '';
  const signature = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url');
  return `${head}.${body}.${signature}`;
}

describe('Apple’s keys', () => {
  const keyCalls = () => opened.standIn.seen.filter(({ path }) => path === '/auth/keys').length;

  it('are fetched once for many tokens, and rarely for keys that nobody knows', async () => {
    opened.advance(120_000);
    const before = keyCalls();
    await Promise.all(Array.from({ length: 20 }, () => outcomeOf(same)));
    expect(keyCalls()).toBe(before);
    const unknown = () => outcomeOf(same, { sign: { key: unpublished('a') } });
    for (const _ of Array(50).keys()) expect(await unknown()).toBe('token-key-unknown');
    expect(keyCalls()).toBe(before + 1);
  });

  it('may change: a new one is found', async () => {
    opened.advance(120_000);
    opened.standIn.rotateKeys();
    expect(await outcomeOf(same)).toMatchObject({ audience: servicesId });
  });

  it('go on being used for a day while they can’t be fetched', async () => {
    opened.standIn.faults.answers.set('/auth/keys', 'unavailable');
    const outcomeLater = (milliseconds: number) => {
      opened.advance(milliseconds);
      return outcomeOf(having({ exp: 9_999_999_999 }));
    };
    expect(await outcomeLater(2 * 3_600_000)).toMatchObject({ audience: servicesId });
    expect(await outcomeLater(86_400_000)).toBe('unavailable');
    opened.standIn.faults.answers.clear();
    expect(await outcomeLater(120_000)).toMatchObject({ audience: servicesId });
  });
});

const unpublished = (name: string) => signingKey(`unpublished-${name}`);
