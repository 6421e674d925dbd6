/** Accounts. Times are milliseconds since the Unix epoch. */

export interface User {
  /** The WebAuthn user handle: random, made once, the same in every registration. */
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly createdAt: number;
  /** Since when nobody may sign in to it; null while its owner may. */
  readonly disabledAt: number | null;
  /** The name of the credential policy that the operator chose for it; null for the default one. */
  readonly policy: string | null;
}

export type NewUser = Omit<User, 'disabledAt' | 'policy'>;
