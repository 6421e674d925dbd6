/** Sessions. Times are milliseconds since the Unix epoch. */

/**
 * What opened a session, and what that proves of the person. Only a passkey can verify its owner; a way
 * in of another kind opens a session that never counts as verified.
 */
export type Proof =
  | {
      readonly method: 'passkey';
      readonly credentialId: string;
      /** The UV flag of the ceremony, if the passkey verifies its owner at all. */
      readonly userVerified: boolean;
    }
  | {
      readonly method: 'apple' | 'recovery' | 'enrolment';
      readonly credentialId: null;
      readonly userVerified: false;
    };

/**
 * Whether a session can do nothing but add a passkey: what opened it gives the account back to its owner,
 * and is no passkey.
 */
export function isRestricted({ method }: Pick<Session, 'method'>): boolean {
  return method === 'recovery' || method === 'enrolment';
}

export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly authenticatedAt: number;
  readonly expiresAt: number;
  readonly userVerified: boolean;
  readonly method: Proof['method'];
  /** The credential that opened it; null for another method, or once that credential is gone. */
  readonly credentialId: string | null;
  readonly userAgent: string | null;
  /** ISO 3166-1 alpha-2, if a trusted proxy told it. */
  readonly country: string | null;
  /**
   * The first of the sessions whose place it took, one after the other, in one browser of one account;
   * null for a first one.
   */
  readonly succeeds: string | null;
}

/**
 * The sign-in that a session belongs to. A step-up opens a new session in the place of the old one, but
 * whoever was let in by the sign-in before it is still signed in.
 */
export function lineageOf({ id, succeeds }: Pick<Session, 'id' | 'succeeds'>): string {
  return succeeds ?? id;
}

export interface NewSession extends Session {
  /** The key it is found by; those of sessions that are opened together are side by side. */
  readonly tokenHash: string;
}
