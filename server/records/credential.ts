/** Credential records. IDs and user handles are base64url without padding; times are milliseconds since the Unix epoch. */

/**
 * `superseded`: another passkey took its place; used again it is `active` again. `suspected-clone`: its
 * counter fell; it signs in but verifies nobody. `revoked`: the operator ended it; it is unknown.
 */
export type CredentialState = 'active' | 'superseded' | 'suspected-clone' | 'revoked';

/**
 * The user handle that a credential was registered under: its account's, unless another server registered
 * it under one of its `own`, or under one that nobody kept (`unknown`).
 */
export type RegisteredHandle =
  | { readonly kind: 'account' }
  | { readonly kind: 'own'; readonly handle: string }
  | { readonly kind: 'unknown' };

/** WebAuthn L3 §4 credential record, with all the evidence of its registration. */
export interface Credential {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly state: CredentialState;
  /** COSE_Key bytes. */
  readonly publicKey: Uint8Array;
  /** COSE algorithm identifier. */
  readonly algorithm: number;
  readonly signCount: number;
  readonly uvInitialized: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** False for an imported credential whose backup flags nobody kept: its next assertion tells them. */
  readonly backupKnown: boolean;
  readonly transports: readonly string[];
  readonly aaguid: string;
  readonly attachment: string | null;
  readonly rpId: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  /** False for an imported credential of whose use nobody told: then `lastUsedAt` is null and says nothing. */
  readonly useKnown: boolean;
  readonly lastUserAgent: string | null;
  /** ISO 3166-1 alpha-2, if a trusted proxy told it. */
  readonly lastCountry: string | null;
  /** No replacement is offered before: its owner said "not now". */
  readonly upgradeAfter: number | null;
  readonly userHandle: RegisteredHandle;
  /** When its signature counter fell last; null if it never did. */
  readonly counterFellAt: number | null;
  /** Whether its attestation was trusted when it was registered, under a policy that asked for one. */
  readonly attested: boolean;
}

/** The passkey that opened a session: what of it tells what the session proves. */
export type Opener = Pick<Credential, 'state' | 'backupEligible' | 'backupKnown' | 'attested'>;

/** What only the registration itself brings: kept, but not read in any ceremony. */
export interface Attestation {
  readonly fmt: string;
  readonly attestationObject: Uint8Array;
  readonly clientDataJSON: Uint8Array;
}

/** What an assertion changes in the credential record (WebAuthn L3 §7.2 step 24). */
export interface CredentialUse {
  readonly id: string;
  /** The counter the decision was made on: if it moved meanwhile, the ceremony fails. */
  readonly expectedSignCount: number;
  readonly signCount: number;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** What the use makes of its state, if that is still what the decision was made on. */
  readonly state: { readonly from: CredentialState; readonly to: CredentialState } | null;
  /** Raised once by a use that another factor vouched for, and never taken back. */
  readonly uvInitialized: boolean;
  readonly usedAt: number;
  /** Now if the counter fell; null leaves what is recorded. */
  readonly counterFellAt: number | null;
}

/** A credential as the Signal API and policies over a whole account see it. */
export type HeldCredential = Pick<Credential, 'id' | 'rpId' | 'state' | 'backupEligible'>;
