/** Attested credential data (WebAuthn L3 §6.5.1): the new credential that an authenticator reports. */
import { type Base64Url, toBase64Url } from '../base64url.ts';
import { hasAttestedCredential, headLength } from './authenticator-data.ts';
import { decodeCbor, encodeCbor } from './library.ts';
import { type CoseKey, checkPublicKey, unusableKey } from './public-key.ts';
import { equalBytes, refuse } from './refuse.ts';

export interface AttestedCredential {
  /** A UUID; all zeros if the authenticator does not say its model. */
  readonly aaguid: string;
  readonly id: Base64Url;
  /** COSE_Key, exactly as attested: canonical CBOR of a key that can sign in. */
  readonly publicKey: Uint8Array;
  /** COSE algorithm identifier. */
  readonly algorithm: number;
}

const aaguidLength = 16;
const longestId = 1023;

export function readAttestedCredential(authData: Uint8Array): AttestedCredential {
  if (!hasAttestedCredential(authData)) refuse('verification_failed', 'no attested credential');
  const idStart = headLength + aaguidLength + 2;
  if (authData.length < idStart) refuse('verification_failed', 'the credential is cut off');
  const view = new DataView(authData.buffer, authData.byteOffset, authData.byteLength);
  const idLength = view.getUint16(idStart - 2);
  // WebAuthn L3 §7.1 step 25
  if (idLength === 0 || idLength > longestId) {
    refuse('verification_failed', `id of ${idLength} bytes`);
  }
  const keyStart = idStart + idLength;
  const { key, bytes } = readKey(authData.subarray(keyStart));
  return {
    aaguid: uuid(authData.subarray(headLength, headLength + aaguidLength)),
    id: toBase64Url(authData.subarray(idStart, keyStart)),
    publicKey: bytes,
    algorithm: checkPublicKey(key),
  };
}

/** Reads the key at the start of `rest`; extension outputs may follow it. */
function readKey(rest: Uint8Array): { key: CoseKey; bytes: Uint8Array } {
  const { key, length } = decodeKey(rest);
  const bytes = rest.slice(0, length);
  // The decoder mends what is cut off or spelled otherwise: the key must be stored as it was attested.
  if (!equalBytes(encodeCbor(key), bytes)) unusableKey('the public key is not canonical CBOR');
  return { key, bytes };
}

function decodeKey(rest: Uint8Array) {
  try {
    const key = decodeCbor(rest);
    if (key instanceof Map) return { key, length: encodeCbor(key).length };
  } catch (cause) {
    unusableKey('the public key is not CBOR', cause);
  }
  return unusableKey('the public key is not a map');
}

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
