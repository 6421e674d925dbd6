/**
 * The ways a test can bend a ceremony. All but `signature` and `response` take effect before the
 * authenticator signs, so that a bent ceremony fails for the reason it was bent for.
 */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '../webauthn/library.ts';
import type { CborMap, KeyPair } from './cose.ts';

export interface Flags {
  up: boolean;
  uv: boolean;
  be: boolean;
  bs: boolean;
  at: boolean;
  ed: boolean;
}

interface Bend {
  /** Gives the members to serialise, or a string as the raw text, or bytes as the raw bytes. */
  clientData?: (members: Record<string, unknown>) => unknown;
  /** The bits alone: what they announce is there or missing as it was. */
  flags?: Partial<Flags>;
  rpIdHash?: Uint8Array;
  signCount?: number;
  /** Authenticator extension outputs; sets the ED flag. */
  extensions?: CborMap;
  authData?: (bytes: Uint8Array) => Uint8Array;
}

export interface AttestationInput {
  readonly authData: Uint8Array;
  readonly clientDataHash: Uint8Array;
  readonly key: KeyPair;
}

/** Either one of the two that need no certificate, or a statement made to measure. */
export type Attestation =
  | 'none'
  | 'packed-self'
  | ((input: AttestationInput) => { fmt: string; attStmt: CborMap });

export interface CreateBend extends Bend {
  /** 16 bytes as a UUID. */
  aaguid?: string;
  /** This id instead of a random one, attested and outside; `response` bends the outer one alone. */
  credentialId?: Uint8Array;
  /** This public key instead of the real one. */
  publicKey?: (cose: CborMap) => CborMap | Uint8Array;
  attestation?: Attestation;
  attestationObject?: (bytes: Uint8Array) => Uint8Array;
  /** The JSON to send instead, in whatever shape. The argument is a copy: change it and return it. */
  response?: (json: RegistrationResponseJSON) => unknown;
}

export interface GetBend extends Bend {
  signature?: (bytes: Uint8Array) => Uint8Array;
  /** base64url, or null for none. */
  userHandle?: string | null;
  /** The JSON to send instead, in whatever shape. The argument is a copy: change it and return it. */
  response?: (json: AuthenticationResponseJSON) => unknown;
}
