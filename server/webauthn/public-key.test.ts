import { describe, expect, it } from 'vitest';
import { algorithms, type CborMap, generateKey } from '../testing/cose.ts';
import { checkPublicKey } from './public-key.ts';

const keys = new Map(algorithms.map((algorithm) => [algorithm, generateKey(algorithm).cose]));
const keyOf = (algorithm: (typeof algorithms)[number]): CborMap => new Map(keys.get(algorithm));

it.each(algorithms)('a key of algorithm %d tells it', (algorithm) => {
  expect(checkPublicKey(keyOf(algorithm))).toBe(algorithm);
});

describe('a public key is refused', () => {
  const bytes = (size: number, last = 1) => new Uint8Array(size).fill(0x80).with(-1, last);
  const refused: [string, CborMap][] = [
    ['with a parameter more than its type has', keyOf(-7).set(2, Uint8Array.of(1))],
    ['without an algorithm', new Map([[1, 2]])],
    ['of an algorithm we do not know', keyOf(-7).set(3, -47)],
    ['of another type than its algorithm', keyOf(-7).set(1, 3)],
    ['of Ed25519 that claims ES256', keyOf(-8).set(3, -7)],
    ['of ES256 on P-384', keyOf(-7).set(-1, 2)],
    ['of ES256 on no curve', keyOf(-7).set(-1, 'P-256')],
    ['compressed', keyOf(-7).set(-3, true)],
    ['with a coordinate too short', keyOf(-7).set(-3, bytes(31))],
    ['that is no point of its curve', keyOf(-7).set(-2, bytes(32))],
    ['of ES384 with the coordinates of ES256', keyOf(-7).set(3, -35).set(-1, 2)],
    ['of Ed25519 on Ed448', keyOf(-8).set(-1, 7)],
    ['of Ed25519, too long', keyOf(-8).set(-2, bytes(33))],
    ['of ML-DSA-44, too short', keyOf(-48).set(-1, bytes(1311))],
    ['of ML-DSA-44 without a key', keyOf(-48).set(-1, 0)],
    ['of RSA with 2040 bits', keyOf(-257).set(-1, bytes(255))],
    ['of RSA with more than 4096 bits', keyOf(-257).set(-1, bytes(513))],
    ['of RSA with a modulus padded to size', keyOf(-257).set(-1, bytes(256).with(0, 0))],
    ['of RSA with a modulus in words', keyOf(-257).set(-1, 'n'.repeat(256))],
    ['of RSA with exponent 1', keyOf(-257).set(-2, Uint8Array.of(1))],
    ['of RSA with an even exponent', keyOf(-257).set(-2, Uint8Array.of(1, 0, 0))],
    ['of RSA with a huge exponent', keyOf(-257).set(-2, bytes(5))],
    ['of RSA with no exponent', keyOf(-257).set(-2, new Uint8Array())],
  ];

  it.each(refused)('%s', (_claim, key) => {
    expect(() => checkPublicKey(key)).toThrow(
      expect.objectContaining({ name: 'RpError', code: 'verification_failed' }),
    );
  });
});
