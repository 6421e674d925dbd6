import type { AuditEntry } from '../records/audit.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';

/** Sessions. */
export interface SessionStore {
  /** Finds none of a disabled account. */
  findSession(tokenHash: string, now: number): Promise<{ session: Session; user: User } | null>;
  /** Latest first, at most a hundred. */
  listSessions(userId: string, now: number): Promise<Session[]>;
  /**
   * Ends one; with `appsToo` also what apps got through its sign-in to work while nobody is signed in.
   * Refuses with `not_found`.
   */
  endSession(input: {
    userId: string;
    id: string;
    appsToo: boolean;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Ends all of the account's but one, and what apps got through the others; resolves to how many sessions.
   * Notes nothing if there was nothing to end. Refuses with `unauthenticated` (the one to keep is gone): of two
   * that would end each other, one stays.
   */
  endOtherSessions(input: {
    userId: string;
    keep: Pick<Session, 'id' | 'succeeds'>;
    audit: readonly AuditEntry[];
  }): Promise<number>;
  /** Ends all of the account's, and what apps got through them; resolves to how many. Refuses with `not_found`. */
  endSessions(userId: string, audit: readonly AuditEntry[]): Promise<number>;
}
