/**
 * The store in the language of the domain: a small set of named operations, each one durable
 * transaction that happens wholly or not at all. No transaction leaks out, so that an embedded
 * SQLite (synchronous) and a database server (not) can both stand behind it.
 *
 * What an operation resolves to has survived power loss. Refusals are `RpError`s; a database that
 * can't do its work is `unavailable`. Times are milliseconds since the Unix epoch; credential IDs and
 * user handles are base64url.
 */

export interface User {
  /** The WebAuthn user handle: random, made once, the same in every registration. */
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly createdAt: number;
  /** Since when nobody may sign in to it; null where everybody may who can. */
  readonly disabledAt: number | null;
  /** The name of the credential policy that the operator chose for it; null for the default one. */
  readonly policy: string | null;
}

export type NewUser = Omit<User, 'disabledAt' | 'policy'>;

/**
 * `superseded`: another passkey took its place; used again it is `active` again. `suspected-clone`: its
 * counter fell; it signs in but verifies nobody. `revoked`: the operator ended it; it is unknown.
 */
export type CredentialState = 'active' | 'superseded' | 'suspected-clone' | 'revoked';

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
  readonly lastUserAgent: string | null;
  /** ISO 3166-1 alpha-2, where a trusted proxy told it. */
  readonly lastCountry: string | null;
  /** No replacement is offered before: its owner said "not now". */
  readonly upgradeAfter: number | null;
  /**
   * The user handle it was registered with: null for the account's; another one, or '' where nobody kept
   * it, only for what another server registered.
   */
  readonly userHandle: string | null;
}

/** What only the registration itself brings: kept, but not read in any ceremony. */
export interface Attestation {
  readonly fmt: string;
  readonly attestationObject: Uint8Array;
  readonly clientDataJSON: Uint8Array;
}

export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly authenticatedAt: number;
  readonly expiresAt: number;
  readonly userVerified: boolean;
  readonly method: 'passkey';
  /** The credential that opened it; null once that credential is gone. */
  readonly credentialId: string | null;
  readonly userAgent: string | null;
  /** ISO 3166-1 alpha-2, where a trusted proxy told it. */
  readonly country: string | null;
}

export interface NewSession extends Session {
  /** The key it is found by; those of sessions that are opened together are side by side. */
  readonly tokenHash: string;
}

/** A ceremony's nonce, spent in the transaction that completes the ceremony. */
export interface Nonce {
  readonly value: Uint8Array;
  readonly expiresAt: number;
}

export type AuditKind =
  | 'account-created'
  | 'account-changed'
  | 'account-disabled'
  | 'account-enabled'
  | 'account-imported'
  | 'policy-assigned'
  | 'passkey-added'
  | 'passkey-renamed'
  | 'passkey-deleted'
  | 'passkey-upgraded'
  | 'passkey-reactivated'
  | 'passkey-revoked'
  | 'passkey-restored'
  | 'passkey-refused'
  | 'upgrade-postponed'
  | 'backup-lost'
  | 'signed-in'
  | 'stepped-up'
  | 'signed-out'
  | 'session-ended'
  | 'sessions-ended'
  | 'sign-count-regressed'
  | 'clone-suspicion-cleared'
  | 'backup-eligibility-changed';

export interface AuditEntry {
  readonly at: number;
  readonly kind: AuditKind;
  readonly userId: string;
  readonly credentialId: string | null;
  readonly sessionId: string | null;
  /** Flags, counter, transports, mediation and whatever else a policy may one day ask about. */
  readonly evidence: Readonly<Record<string, unknown>>;
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
}

/** A credential as the Signal API and policies over a whole account see it. */
export type HeldCredential = Pick<Credential, 'id' | 'rpId' | 'state' | 'backupEligible'>;

/** An account that another relying party server kept until now. */
export interface ImportedAccount {
  readonly user: User;
  readonly usernameKey: string;
  readonly credentials: readonly Credential[];
  readonly audit: readonly AuditEntry[];
}

/**
 * `created`; `extended` by credentials it did not have; `unchanged`; or why nothing of it was stored: its
 * name or one of its credentials is another account's.
 */
export type ImportOutcome =
  | 'created'
  | 'extended'
  | 'unchanged'
  | 'username_taken'
  | 'credential_exists';

export interface Store {
  findUser(id: string): Promise<User | null>;
  findUserByName(usernameKey: string): Promise<User | null>;
  /**
   * At most `limit` accounts whose user-name key begins with `search`, in the order of the bytes of their
   * keys, from behind the key `after` on. `next` is the `after` of the following page, null on the last.
   */
  listUsers(page: {
    search?: string;
    after?: string;
    limit: number;
  }): Promise<{ users: User[]; next: string | null }>;
  /** A credential together with its owner, so that ownership can't be forgotten. */
  findCredential(id: string): Promise<{ credential: Credential; user: User } | null>;
  /** Oldest first. */
  listCredentials(userId: string): Promise<Credential[]>;
  /** Finds none of a disabled account. */
  findSession(tokenHash: string, now: number): Promise<{ session: Session; user: User } | null>;
  /** Latest first, at most a hundred. */
  listSessions(userId: string, now: number): Promise<Session[]>;
  /** Latest first, at most `limit`. */
  listAudit(userId: string, limit: number): Promise<AuditEntry[]>;

  /**
   * Opens an account with its first credential and a session.
   * Refuses with `challenge_invalid`, `username_taken`, `credential_exists`.
   */
  completeSignUp(input: {
    nonce: Nonce;
    user: NewUser;
    usernameKey: string;
    credential: Credential;
    attestation: Attestation;
    session: NewSession;
    replaces: Pick<Session, 'id' | 'userId'> | null;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Adds a credential to an account, in the place of the one it `supersedes` if that is still there.
   * Refuses with `challenge_invalid`, `unauthenticated` (account or session gone),
   * `credential_exists`, `credential_limit`.
   */
  completeAddition(input: {
    nonce: Nonce;
    sessionId: string;
    credential: Credential;
    attestation: Attestation;
    supersedes: string | null;
    limit: number;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Updates the credential and opens a session in the place of the one the browser had; resolves to the
   * credentials of the account. `clears` are clones no longer suspected.
   * Refuses with `challenge_invalid`, `credential_unknown` (gone or revoked), `account_disabled`,
   * `verification_failed` (the counter moved meanwhile).
   */
  completeSignIn(input: {
    nonce: Nonce;
    use: CredentialUse;
    session: NewSession;
    replaces: Pick<Session, 'id' | 'userId'> | null;
    clears: readonly string[];
    audit: readonly AuditEntry[];
  }): Promise<HeldCredential[]>;
  /**
   * Spends the nonce of a correctly signed but refused assertion and records why, if the account
   * is still there. Refuses with `challenge_invalid`.
   */
  recordRefusal(input: {
    nonce: Nonce;
    credentialId: string;
    state: CredentialState | null;
    audit: readonly AuditEntry[];
  }): Promise<void>;

  /** Refuses with `not_found`. */
  renameCredential(input: {
    userId: string;
    id: string;
    name: string;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Deletes a credential and ends the sessions it opened, all but `keepSession`.
   * Refuses with `not_found`, `last_credential` (of `keepOneOf`, none that is active or a suspected clone
   * would be left).
   */
  deleteCredential(input: {
    userId: string;
    id: string;
    keepOneOf: readonly string[];
    keepSession: string;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Revokes a credential and ends the sessions it opened, or makes it active again; resolves to the number
   * of sessions that ended. Refuses with `not_found`.
   */
  setCredentialState(input: {
    userId: string;
    id: string;
    state: 'active' | 'revoked';
    audit: readonly AuditEntry[];
  }): Promise<number>;
  /** Refuses with `not_found`. */
  postponeUpgrade(input: {
    userId: string;
    id: string;
    until: number;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Changes what is given and leaves the rest; resolves to the account as it is then.
   * Refuses with `username_taken`, `unauthenticated` (account gone).
   */
  updateAccount(input: {
    userId: string;
    name?: { readonly username: string; readonly usernameKey: string };
    displayName?: string;
    audit: readonly AuditEntry[];
  }): Promise<User>;
  /**
   * Closes the account to its owner from `at` on and ends its sessions, or opens it again with null;
   * resolves to the number of sessions that ended. Refuses with `not_found`.
   */
  disableUser(userId: string, at: number | null, audit: readonly AuditEntry[]): Promise<number>;
  /** Refuses with `not_found`. */
  assignPolicy(userId: string, policy: string | null, audit: readonly AuditEntry[]): Promise<void>;
  /** Removes the account and everything that belongs to it. */
  deleteAccount(userId: string): Promise<void>;
  /** Refuses with `not_found`. */
  endSession(input: { userId: string; id: string; audit: readonly AuditEntry[] }): Promise<void>;
  /** Ends all of the account's; resolves to how many. Refuses with `not_found`. */
  endSessions(userId: string, audit: readonly AuditEntry[]): Promise<number>;

  /**
   * Stores each account wholly or not at all, all of them in one transaction; one that is there, by its
   * user handle, gets the credentials that it lacks (but none that its owner deleted) and keeps what it
   * has. A dry run tells what would come of it and stores nothing.
   */
  importAccounts(
    accounts: readonly ImportedAccount[],
    options?: { readonly dryRun?: boolean },
  ): Promise<ImportOutcome[]>;
  /** At most `limit` accounts, in one fixed order of their user handles, from behind `after` on. */
  exportAccounts(
    after: string,
    limit: number,
  ): Promise<{ user: User; credentials: Credential[] }[]>;
  /**
   * At most `limit` credentials in one fixed order of their IDs, from `from` on, which need be none. IDs are
   * random, so those that follow any text are a fair choice.
   */
  sampleCredentials(from: string, limit: number): Promise<Pick<Credential, 'id' | 'userId'>[]>;
  /** How many credentials there are of each RP ID and state, and how many accounts hold one. */
  countCredentials(): Promise<
    { rpId: string; state: CredentialState; credentials: number; accounts: number }[]
  >;

  /** The key of this name, kept for good: `candidate` becomes it where there is none yet. */
  keepKey(name: string, candidate: Uint8Array): Promise<Uint8Array>;
  /**
   * Removes expired sessions and nonces and audit entries older than `auditBefore`; resolves to how many.
   * A challenge that expires no later than a nonce removed here, in the same hour, is refused from then
   * on, should the clock be set back: its nonce may have been one of them.
   */
  purge(now: number, auditBefore: number): Promise<number>;
  /** Rejects with `unavailable` unless the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
