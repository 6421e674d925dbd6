import type { RecordedEntry } from '../records/audit.ts';
import type { RecordedOperatorEntry } from '../records/operator-entry.ts';

/**
 * What happened to all accounts, and what operators did, in one order: for whoever follows it from where they were.
 *
 * An entry gets its position when the feed is read, under a lock, once its transaction is over. So positions are
 * given in the order in which entries come in sight: none ever appears behind a position that was read, whatever the
 * clocks of the nodes say and however late a transaction ends. Routine entries are not in it.
 */
export interface FeedStore {
  /** Entries after a position, at most `limit`. Refuses with `invalid_request` (never given: see backups). */
  readFeed(after: number, limit: number): Promise<FeedEntry[]>;
}

export interface FeedEntry {
  /** From 1 on. Those of accounts that are gone are missing. */
  readonly position: number;
  readonly entry: RecordedEntry | RecordedOperatorEntry;
}

/** So many entries of each table are given a position at a time: too few to be worth a scan. */
export const placedAtOnce = 100;

/** Gives positions to as many as a page holds, if there are that many. */
export async function placeFor(limit: number, place: () => Promise<boolean>): Promise<void> {
  for (let placed = 0, more = true; more && placed < limit; placed += placedAtOnce) {
    more = await place();
  }
}

/** Both are in the order of their positions. */
export function mergeFeed(
  one: readonly FeedEntry[],
  other: readonly FeedEntry[],
  limit: number,
): FeedEntry[] {
  const all = [...one, ...other].sort((first, second) => first.position - second.position);
  return all.slice(0, limit);
}
