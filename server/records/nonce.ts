/** A ceremony's nonce, spent in the transaction that completes the ceremony. */
export interface Nonce {
  readonly value: Uint8Array;
  readonly expiresAt: number;
}
