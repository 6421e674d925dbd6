import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { encodeCBOR } from '@levischuck/tiny-cbor';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../../base64url.ts';
import { algorithms, type CborMap, generateKey } from '../../testing/cose.ts';
import { fromCose, fromJwk, fromSpki } from './public-key.ts';

const spkiOf = (key: KeyObject) => toBase64Url(key.export({ format: 'der', type: 'spki' }));
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' }) as JsonWebKey;
const keys = new Map(algorithms.map((algorithm) => [algorithm, generateKey(algorithm)]));
const keyOf = (algorithm: (typeof algorithms)[number]) =>
  keys.get(algorithm) ?? generateKey(algorithm);
const bent = (change: (cose: CborMap) => unknown) => {
  const cose = new Map(keyOf(-7).cose);
  change(cose);
  return toBase64Url(encodeCBOR(cose));
};

describe('a public key', () => {
  it.each(algorithms)(
    'of algorithm %i is the same COSE key from COSE, SPKI and JWK',
    (algorithm) => {
      const { publicKey, spki } = keyOf(algorithm);
      const object = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
      const expected = { publicKey, algorithm };
      expect(fromCose(toBase64Url(publicKey))).toEqual(expected);
      expect(fromSpki(toBase64Url(spki))).toEqual(expected);
      expect(fromJwk(jwkOf(object))).toEqual(expected);
    },
  );

  it.each([
    ['P-384', -35],
    ['P-521', -36],
  ])('on %s is read, as assertions with it are', (namedCurve, algorithm) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve });
    expect(fromSpki(spkiOf(publicKey))).toMatchObject({ algorithm });
    expect(fromJwk(jwkOf(publicKey))).toEqual(fromSpki(spkiOf(publicKey)));
  });

  it('is stored in one order, whatever order it came in', () => {
    const { cose, publicKey } = keyOf(-7);
    const reversed = encodeCBOR(new Map([...cose].reverse()));
    expect(fromCose(toBase64Url(reversed))).toEqual({ publicKey, algorithm: -7 });
  });

  it.each<[string, (hex: string) => string]>([
    ['a map whose length comes at its end', (hex) => `bf${hex.slice(2)}ff`],
    ['a longer length of the map', (hex) => `b805${hex.slice(2)}`],
    ['longer numbers', (hex) => hex.replace('a5010203', 'a5180119000203')],
    ['longer lengths', (hex) => hex.replaceAll('5820', '590020')],
  ])('is stored in one spelling, whatever CBOR it came in: %s', (_what, respell) => {
    const { publicKey } = keyOf(-7);
    const other = Buffer.from(respell(Buffer.from(publicKey).toString('hex')), 'hex');
    expect(other.equals(publicKey)).toBe(false);
    expect(fromCose(toBase64Url(other))).toEqual({ publicKey, algorithm: -7 });
  });

  it.each([
    ['not a text of bytes', 'a b', 'expected the bytes of a COSE key'],
    ['no CBOR', 'AAAA', 'not one canonical COSE key'],
    [
      'more than the key',
      toBase64Url(Buffer.concat([keyOf(-7).publicKey, Buffer.of(0)])),
      'not one canonical COSE key',
    ],
    [
      'a label that comes twice',
      toBase64Url(Buffer.concat([Buffer.of(0xa6, 1, 2), keyOf(-7).publicKey.subarray(1)])),
      'not one canonical COSE key',
    ],
    [
      'a point that is not on its curve',
      bent((cose) => cose.set(-2, new Uint8Array(32))),
      'no point of P-256',
    ],
    ['the wrong curve', bent((cose) => cose.set(-1, 2)), 'the curve is not P-256'],
    [
      'an algorithm that we do not have',
      bent((cose) => cose.set(3, -37)),
      'no public key of algorithm -37 is accepted',
    ],
    ['a member too many', bent((cose) => cose.set(2, 1)), 'a public key of 6 parameters, not 5'],
  ])('in COSE with %s is refused', (_what, given, problem) => {
    expect(fromCose(given)).toEqual({ problem });
  });

  it.each([
    ['no DER', 'AAAA', 'not a SubjectPublicKeyInfo in DER'],
    ['a number', 7, 'expected the bytes of a SubjectPublicKeyInfo'],
    [
      'RSA of 1024 bits',
      spkiOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
      'RSA modulus of 128 bytes',
    ],
    [
      'secp256k1',
      spkiOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
      'no key of this type or curve is accepted',
    ],
    [
      'X25519',
      spkiOf(generateKeyPairSync('x25519').publicKey),
      'no key of this type or curve is accepted',
    ],
    [
      'Ed448',
      spkiOf(generateKeyPairSync('ed448').publicKey),
      'no key of this type or curve is accepted',
    ],
  ])('in SPKI that is %s is refused', (_what, given, problem) => {
    expect(fromSpki(given)).toEqual({ problem });
  });

  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = jwkOf(pair.publicKey);
  it.each([
    ['a text', 'key', 'expected a JSON Web Key'],
    ['a private key', jwkOf(pair.privateKey), 'a private key, which nobody should send'],
    ['without a coordinate', { ...jwk, y: undefined }, 'member y is not base64url'],
    ['with a coordinate too short', { ...jwk, y: 'AAAA' }, 'COSE parameter -3 has 3 bytes, not 32'],
    ['for another algorithm', { ...jwk, alg: 'ECDH-ES' }, 'the algorithm of this key is not ES256'],
    ['symmetric', { kty: 'oct', k: 'AAAA' }, 'no key of this type or curve is accepted'],
    [
      'of a curve like no other',
      { ...jwk, crv: '__proto__' },
      'no key of this type or curve is accepted',
    ],
  ])('in JWK that is %s is refused', (_what, given, problem) => {
    expect(fromJwk(given)).toEqual({ problem });
  });
});
