/**
 * The ways in which a test can change ("bend") one step of a ceremony. All but `signature` and `response` take effect
 * before the authenticator signs, so that the ceremony fails because of the change, not because of a bad signature.
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
  /** Returns the members to serialise, or a string as the raw text, or the raw bytes. */
  clientData?: (members: Record<string, unknown>) => unknown;
  /** Changes only the bits; the data that they announce stays as it is. */
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

/** One of the two kinds that need no certificate, or a function that makes the statement. */
export type Attestation =
  | 'none'
  | 'packed-self'
  | ((input: AttestationInput) => { fmt: string; attStmt: CborMap });

export interface CreateBend extends Bend {
  /** 16 bytes as a UUID. */
  aaguid?: string;
  /** This ID instead of a random one, in the attested data and in the JSON; `response` can change the JSON alone. */
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
