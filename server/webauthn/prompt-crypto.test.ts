import { generateKeyPairSync, randomBytes, sign, webcrypto } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { creationOptions, expectedRegistration, register, site } from '../testing/ceremony.ts';
import { promptly } from './prompt-crypto.ts';

const es256 = { name: 'ECDSA', namedCurve: 'P-256' };
const verifying = { name: 'ECDSA', hash: { name: 'SHA-256' } };
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = pair.publicKey.export({ format: 'jwk' });
const data = new Uint8Array(randomBytes(69));
const signature = new Uint8Array(
  sign('sha256', data, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }),
);

afterEach(() => vi.restoreAllMocks());

async function verdict(
  subtle: typeof promptly | typeof webcrypto.subtle,
  [key, given]: readonly [typeof jwk, Uint8Array],
): Promise<boolean> {
  try {
    const imported = await subtle.importKey('jwk', key, es256, false, ['verify']);
    return await subtle.verify(verifying, imported as never, given, data);
  } catch {
    return false;
  }
}

const flipped = (index: number) => signature.map((byte, at) => (at === index ? byte ^ 1 : byte));

it.each([
  ['a good signature', jwk, signature, true],
  ['a bit of R flipped', jwk, flipped(0), false],
  ['a bit of S flipped', jwk, flipped(63), false],
  ['zeros', jwk, new Uint8Array(64), false],
  ['nothing', jwk, new Uint8Array(0), false],
  ['one byte too few', jwk, signature.subarray(0, 63), false],
  ['one byte too many', jwk, new Uint8Array([...signature, 0]), false],
  [
    'both numbers with a zero before them',
    jwk,
    new Uint8Array([0, ...signature.subarray(0, 32), 0, ...signature.subarray(32)]),
    false,
  ],
  ['a point off the curve', { ...jwk, y: jwk.x as string }, signature, false],
  ['a key without y', { ...jwk, y: '' }, signature, false],
] as const)('%s: the same verdict as the runtime’s own', async (_, key, given, expected) => {
  expect(await verdict(webcrypto.subtle, [key, given])).toBe(expected);
  expect(await verdict(promptly, [key, given])).toBe(expected);
});

it('digests as the runtime does, and leaves the algorithms that it does not know to it', async () => {
  for (const algorithm of ['SHA-1', 'SHA-256', 'SHA-512']) {
    const own = await webcrypto.subtle.digest(algorithm, data);
    expect(new Uint8Array(await promptly.digest(algorithm, data))).toEqual(new Uint8Array(own));
  }
});

it('is what the library uses, and the global is the runtime’s again', async () => {
  const digest = vi.spyOn(promptly, 'digest');
  const authenticator = new SoftwareAuthenticator({ origin: site.origin });
  await register(await authenticator.create(creationOptions), expectedRegistration);
  expect(digest).toHaveBeenCalled();
  expect(globalThis.crypto).toBe(webcrypto);
});
