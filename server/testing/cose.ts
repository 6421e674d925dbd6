/** Key pairs of every algorithm that the server accepts, as COSE keys with a function that signs. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type CBORType, encodeCBOR } from '@levischuck/tiny-cbor';

export type CborMap = Map<string | number, CBORType>;

/** COSE algorithm identifiers: ML-DSA-44, Ed25519, ES256, RS256. */
export const algorithms = [-48, -8, -7, -257] as const;
export type Algorithm = (typeof algorithms)[number];

export interface KeyPair {
  readonly algorithm: Algorithm;
  /** The public key as a COSE map, in the canonical order of its labels. */
  readonly cose: CborMap;
  /** The same as bytes, as a server stores it. */
  readonly publicKey: Uint8Array;
  readonly spki: Uint8Array;
  readonly sign: (data: Uint8Array) => Uint8Array;
}

export function isAlgorithm(value: number): value is Algorithm {
  return (algorithms as readonly number[]).includes(value);
}

/** Makes a key pair; RSA takes some tens of milliseconds. */
export function generateKey(algorithm: Algorithm): KeyPair {
  const { publicKey, privateKey } = generate(algorithm);
  const cose = toCose(algorithm, publicKey);
  const hash = algorithm === -7 || algorithm === -257 ? 'sha256' : null;
  return {
    algorithm,
    cose,
    publicKey: encodeCBOR(cose),
    spki: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
    sign: (data) => new Uint8Array(sign(hash, data, privateKey)),
  };
}

function generate(algorithm: Algorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (algorithm) {
    case -48:
      return generateKeyPairSync('ml-dsa-44');
    case -8:
      return generateKeyPairSync('ed25519');
    case -7:
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case -257:
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
  }
}

function toCose(algorithm: Algorithm, key: KeyObject): CborMap {
  const jwk = key.export({ format: 'jwk' }) as Record<string, string>;
  const field = (name: string) => new Uint8Array(Buffer.from(jwk[name] ?? '', 'base64url'));
  switch (algorithm) {
    case -48:
      return new Map<number, CBORType>([
        [1, 7],
        [3, -48],
        [-1, field('pub')],
      ]);
    case -8:
      return new Map<number, CBORType>([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, field('x')],
      ]);
    case -7:
      return new Map<number, CBORType>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, field('x')],
        [-3, field('y')],
      ]);
    case -257:
      return new Map<number, CBORType>([
        [1, 3],
        [3, -257],
        [-1, field('n')],
        [-2, field('e')],
      ]);
  }
}
