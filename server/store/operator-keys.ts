import type { OperatorEntry } from '../records/operator-entry.ts';
import type { OperatorKey } from '../records/operator-key.ts';

/** The keys of the operators' API. */
export interface OperatorKeyStore {
  makeOperatorKey(key: OperatorKey & { keyHash: string }, by: OperatorEntry): Promise<void>;
  /** The key of this hash, if it is good at `now`. */
  findOperatorKey(keyHash: string, now: number): Promise<OperatorKey | null>;
  /** Every key, those that have expired too, in no order. */
  listOperatorKeys(): Promise<OperatorKey[]>;
  /** Refuses with `not_found`. */
  revokeOperatorKey(id: string, by: OperatorEntry): Promise<void>;
  /** Keeps the day of its last use. */
  noteOperatorKeyUse(id: string, day: string): Promise<void>;
}
