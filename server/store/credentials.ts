import type { AuditEntry } from '../records/audit.ts';
import type { Credential, CredentialState, Opener } from '../records/credential.ts';
import type { User } from '../records/user.ts';
import type { KeepOneOf } from '../records/ways-in.ts';

/** The credentials of accounts. */
export interface CredentialStore {
  /** A credential together with its owner, so that ownership can't be forgotten. */
  findCredential(id: string): Promise<{ credential: Credential; user: User } | null>;
  /** The few members of a credential that tell what its session proves; null if it is gone. */
  findOpener(id: string): Promise<Opener | null>;
  /** Oldest first. */
  listCredentials(userId: string): Promise<Credential[]>;
  /** Refuses with `not_found`. */
  renameCredential(input: {
    userId: string;
    id: string;
    name: string;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Deletes a credential and ends the sessions it opened, all but `keepSession`.
   * Its envelopes go with it; one that opens the vault must stay, unless `ignoresVault`.
   * Refuses with `not_found`, `last_credential` (of `keepOneOf`, none that is a way in would be left),
   * `last_envelope`.
   */
  deleteCredential(input: {
    userId: string;
    id: string;
    keepOneOf: KeepOneOf;
    keepSession: string;
    ignoresVault?: boolean;
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
  /**
   * Changes nothing, and notes nothing, if it is put off at `now` already: of several at once, one counts.
   * Refuses with `not_found`.
   */
  postponeUpgrade(input: {
    userId: string;
    id: string;
    now: number;
    until: number;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * At most `limit` credentials in the order of their IDs, the first of which is not before `from` (any text).
   * IDs are random, so those that follow any text are a fair choice.
   */
  sampleCredentials(from: string, limit: number): Promise<Pick<Credential, 'id' | 'userId'>[]>;
  /** How many credentials there are of each RP ID and state, and how many accounts hold one. */
  countCredentials(): Promise<
    { rpId: string; state: CredentialState; credentials: number; accounts: number }[]
  >;
}
