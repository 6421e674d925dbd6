/** An operator lets somebody open one account. */
export interface Invitation {
  /** By which operators name it; it opens nothing. */
  readonly id: string;
  /** Of its token, which only its link holds. */
  readonly tokenHash: string;
  /** The user name that the account gets; null if whoever opens it chooses. */
  readonly username: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  /** Who made it. */
  readonly operator: string;
}
