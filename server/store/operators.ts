import type { RecordedOperatorEntry } from '../records/operator-entry.ts';

/** What operators did that no account remembers. */
export interface OperatorStore {
  /** Latest first, at most `limit`. */
  listOperatorEntries(limit: number): Promise<RecordedOperatorEntry[]>;
}
