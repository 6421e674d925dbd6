/** Builds authenticator data, attestation objects and client data, byte by byte. */
import { createHash } from 'node:crypto';
import { encodeCBOR } from '@levischuck/tiny-cbor';
import type { Attestation, AttestationInput, Flags } from './bend.ts';
import type { CborMap } from './cose.ts';

export const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
export const fromBase64url = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text, 'base64url'));
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
export const sha256 = (data: Uint8Array | string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(data).digest());

export interface AuthenticatorDataParts {
  readonly rpIdHash: Uint8Array;
  readonly flags: Flags;
  readonly signCount: number;
  readonly attested?: { aaguid: string; credentialId: Uint8Array; publicKey: Uint8Array };
  readonly extensions?: CborMap | undefined;
}

/** WebAuthn L3 §6.1. */
export function authenticatorData(parts: AuthenticatorDataParts): Uint8Array {
  const { up, uv, be, bs, at, ed } = parts.flags;
  const bits = [up, false, uv, be, bs, false, at, ed];
  const flags = bits.reduce((sum, bit, index) => sum | (bit ? 1 << index : 0), 0);
  return concat(
    parts.rpIdHash,
    Uint8Array.of(flags),
    uint(4, parts.signCount),
    parts.attested === undefined ? new Uint8Array() : attestedData(parts.attested),
    parts.extensions === undefined ? new Uint8Array() : encodeCBOR(parts.extensions),
  );
}

/** WebAuthn L3 §6.5.1. */
function attestedData(attested: NonNullable<AuthenticatorDataParts['attested']>): Uint8Array {
  return concat(
    Buffer.from(attested.aaguid.replaceAll('-', ''), 'hex'),
    uint(2, attested.credentialId.length),
    attested.credentialId,
    attested.publicKey,
  );
}

/** WebAuthn L3 §6.5.4; the map's keys in the canonical order, shortest first. */
export function attestationObject(attestation: Attestation, input: AttestationInput): Uint8Array {
  const { fmt, attStmt } = statement(attestation, input);
  return encodeCBOR(
    new Map<string, string | CborMap | Uint8Array>([
      ['fmt', fmt],
      ['attStmt', attStmt],
      ['authData', input.authData],
    ]),
  );
}

function statement(
  attestation: Attestation,
  input: AttestationInput,
): { fmt: string; attStmt: CborMap } {
  if (typeof attestation === 'function') return attestation(input);
  if (attestation === 'none') return { fmt: 'none', attStmt: new Map() };
  // WebAuthn L3 §8.2, self attestation: the credential's own key signs
  return {
    fmt: 'packed',
    attStmt: new Map<string, number | Uint8Array>([
      ['alg', input.key.algorithm],
      ['sig', input.key.sign(concat(input.authData, input.clientDataHash))],
    ]),
  };
}

/** WebAuthn L3 §5.8.1. A bend may return members, the raw text, or the raw bytes. */
export function clientDataJson(
  members: Record<string, unknown>,
  bend: ((members: Record<string, unknown>) => unknown) | undefined,
): Uint8Array {
  const bent = bend === undefined ? members : bend(members);
  if (bent instanceof Uint8Array) return bent;
  return utf8(typeof bent === 'string' ? bent : JSON.stringify(bent));
}

function uint(size: 2 | 4, value: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  if (size === 2) view.setUint16(0, value);
  else view.setUint32(0, value);
  return bytes;
}
