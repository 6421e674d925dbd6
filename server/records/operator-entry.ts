/**
 * What an operator did that the audit of an account can't tell, because the account is gone. It names the
 * account by its ID alone: whoever asked to be forgotten is.
 */
export interface OperatorEntry {
  /** Unique and random. */
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly operator: string;
  readonly kind: 'account-deleted';
  readonly evidence: {
    readonly account: string;
    readonly passkeys: number;
    readonly sessions: number;
  };
}

/** An entry as it is read: newer versions may have written other kinds. */
export interface RecordedOperatorEntry extends Pick<OperatorEntry, 'id' | 'at' | 'operator'> {
  readonly kind: string;
  readonly evidence: object;
}
