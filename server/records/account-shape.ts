/**
 * The shape of an account: all that the options of a ceremony tell of it but for what is random, so that
 * an account that does not exist can be given that of one that does.
 */
export interface PasskeyShape {
  readonly rpId: string;
  /** In bytes. */
  readonly idLength: number;
  readonly transports: readonly string[];
}

export interface AccountShape {
  /** Of the domain that options choose for it. */
  readonly rpId: string;
  readonly passkeys: readonly PasskeyShape[];
}
