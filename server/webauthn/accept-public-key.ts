import { decodeCbor, encodeCbor, supportsMlDsa } from './library.ts';
import { type CoseKey, checkPublicKey } from './public-key.ts';
import { equalBytes, refuse } from './refuse.ts';

type Parameters = ReadonlyMap<number, number | Uint8Array>;

/**
 * The one spelling in which we store a public key that another server verified with until now.
 *
 * @param key the bytes of a COSE_Key, or its parameters
 * @throws {RpError} whose `detail` says why we could not verify with it
 */
export function acceptPublicKey(key: Uint8Array | Parameters): {
  publicKey: Uint8Array;
  algorithm: number;
} {
  const parameters = key instanceof Uint8Array ? readCoseKey(key) : key;
  const algorithm = checkPublicKey(parameters);
  if (algorithm === -48 && !supportsMlDsa()) {
    refuse('verification_failed', 'this runtime has no ML-DSA');
  }
  // CTAP 2.1 §8: keys in the order of their bytes, so 1, 3, -1, -2, -3.
  const rank = (label: number) => (label < 0 ? 31 - label : label);
  const sorted = [...(parameters as Parameters)].sort(([one], [other]) => rank(one) - rank(other));
  return { publicKey: encodeCbor(new Map(sorted)), algorithm };
}

function readCoseKey(bytes: Uint8Array): CoseKey {
  try {
    const map = decodeCbor(bytes);
    // As with attestation objects: one item and no more, and none that runs past the end.
    if (map instanceof Map && equalBytes(encodeCbor(map), bytes)) return map;
  } catch {
    // What can't be decoded is no key either.
  }
  return refuse('verification_failed', 'not one canonical COSE key');
}
