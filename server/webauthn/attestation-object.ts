/** Attestation objects (WebAuthn L3 §6.5.4): authenticator data, and what is to vouch for it. */
import { type Cbor, decodeCbor, encodeCbor } from './library.ts';
import { equalBytes, refuse } from './refuse.ts';

type AttestationStatement = ReadonlyMap<unknown, unknown>;

export interface AttestationObject {
  /** As they came. */
  readonly bytes: Uint8Array;
  /** A claim, as is the statement, until somebody has verified it. */
  readonly fmt: string;
  readonly attStmt: AttestationStatement;
  readonly authData: Uint8Array;
}

/** WebAuthn L3 §8.1: at most 32 printable characters, without `"` and `\`. */
const formatIdentifier = /^[!#-[\]-~]{1,32}$/;

/** Reads an attestation object of any format, and leaves its statement alone. */
export function readAttestationObject(bytes: Uint8Array): AttestationObject {
  const map = decode(bytes);
  // WebAuthn L3 §7.1 step 13: one item and no more. The decoder ignores what follows it and lets a
  // string run past the end; an object in canonical form comes out of the encoder as it went in.
  if (!(map instanceof Map) || !equalBytes(encodeCbor(map), bytes)) {
    refuse('verification_failed', 'the attestation object is not one canonical CBOR map');
  }
  const fmt = map.get('fmt');
  if (typeof fmt !== 'string' || !formatIdentifier.test(fmt)) {
    refuse('verification_failed', 'no attestation format');
  }
  const authData = map.get('authData');
  if (!(authData instanceof Uint8Array)) refuse('verification_failed', 'no authenticator data');
  const attStmt = map.get('attStmt');
  if (!(attStmt instanceof Map)) refuse('verification_failed', 'no attestation statement');
  return { bytes, fmt, attStmt, authData };
}

function decode(bytes: Uint8Array) {
  try {
    return decodeCbor(bytes);
  } catch (cause) {
    return refuse('verification_failed', 'the attestation object is not CBOR', cause);
  }
}

/** The same authenticator data with nothing to vouch for it (WebAuthn L3 §8.7). */
export function withoutStatement({ authData }: AttestationObject): Uint8Array {
  const nothing = new Map<string, never>();
  return encodeCbor(
    new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', nothing],
      ['authData', authData],
    ]),
  );
}
