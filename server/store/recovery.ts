import type { AuditEntry } from '../records/audit.ts';
import type { NewSession, Session } from '../records/session.ts';
import type { User } from '../records/user.ts';

/** A session that takes the place of the one that the browser had. */
export interface Opening {
  readonly session: NewSession;
  readonly replaces: Pick<Session, 'id' | 'userId'> | null;
  readonly audit: readonly AuditEntry[];
}

/** Ways back into an account. Codes and links are known by their hashes alone. */
export interface RecoveryStore {
  /** Keeps the code of an account in the place of the one it had. Refuses with `unauthenticated` (account gone). */
  setRecoveryCode(input: {
    userId: string;
    verifierHash: string;
    createdAt: number;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  findRecoveryCode(userId: string): Promise<{ createdAt: number; verifierHash: string } | null>;
  /** Refuses with `not_found`. */
  removeRecoveryCode(input: { userId: string; audit: readonly AuditEntry[] }): Promise<void>;
  /**
   * Uses up the code of the account that the session is for, and opens the session.
   * Refuses with `verification_failed` (no such code), `account_disabled`.
   */
  redeemRecoveryCode(input: { verifierHash: string } & Opening): Promise<void>;

  /** Keeps a link for the account. Refuses with `not_found`. */
  offerEnrolment(input: {
    tokenHash: string;
    userId: string;
    expiresAt: number;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /** The account that a link is for, if it is good at `now`. Uses nothing up. */
  findEnrolment(tokenHash: string, now: number): Promise<User | null>;
  /**
   * Uses up the link, and every other one of its account, and opens the session.
   * Refuses with `challenge_invalid` (used or expired meanwhile), `account_disabled`.
   */
  redeemEnrolment(input: { tokenHash: string; now: number } & Opening): Promise<void>;
}
