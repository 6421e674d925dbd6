import { and, asc, eq, gt, lte, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { recordedEntry } from '../audit-row.ts';
import { auditFields, columnsOf, operatorEntryFields } from '../columns.ts';
import { type FeedEntry, mergeFeed, placedAtOnce } from '../feed.ts';
import { noSuchPosition } from '../refusals.ts';
import { auditEntries, auditFeed, operatorEntries } from './schema.ts';

/** Statements on the positions of entries. */
export function feedStatements(db: BetterSQLite3Database) {
  const head = () =>
    db.select({ last: auditFeed.last }).from(auditFeed).where(eq(auditFeed.id, 1)).get()?.last ?? 0;
  const atOnce = sql.raw(String(placedAtOnce));

  return {
    /** Gives positions to entries that have none, in a transaction of the caller's; true if there may be more. */
    place(): boolean {
      const last = head();
      const audits = db.run(sql`UPDATE audit_entries SET position = placed.position FROM (
        SELECT id, ${last} + row_number() OVER (ORDER BY id) AS position FROM (
          SELECT id FROM audit_entries WHERE security = 1 AND position IS NULL ORDER BY id LIMIT ${atOnce}
        )
      ) AS placed WHERE audit_entries.id = placed.id`).changes;
      const acts = db.run(sql`UPDATE operator_entries SET position = placed.position FROM (
        SELECT id, ${last + audits} + row_number() OVER (ORDER BY at, id) AS position FROM (
          SELECT id, at FROM operator_entries WHERE position IS NULL ORDER BY at, id LIMIT ${atOnce}
        )
      ) AS placed WHERE operator_entries.id = placed.id`).changes;
      if (audits + acts === 0) return false;
      db.insert(auditFeed)
        .values({ id: 1, last: last + audits + acts })
        .onConflictDoUpdate({ target: auditFeed.id, set: { last: last + audits + acts } })
        .run();
      return audits === placedAtOnce || acts === placedAtOnce;
    },

    read(after: number, limit: number): FeedEntry[] {
      const last = head();
      if (after > last) throw noSuchPosition();
      const within = (position: typeof auditEntries.position | typeof operatorEntries.position) =>
        and(gt(position, after), lte(position, last));
      const audits = db
        .select({
          position: sql<number>`${auditEntries.position}`,
          entry: columnsOf(auditEntries, auditFields),
        })
        .from(auditEntries)
        .where(within(auditEntries.position))
        .orderBy(asc(auditEntries.position))
        .limit(limit)
        .all();
      const acts = db
        .select({
          position: sql<number>`${operatorEntries.position}`,
          entry: columnsOf(operatorEntries, operatorEntryFields),
        })
        .from(operatorEntries)
        .where(within(operatorEntries.position))
        .orderBy(asc(operatorEntries.position))
        .limit(limit)
        .all();
      const recorded = audits.map(({ position, entry }) => ({
        position,
        entry: recordedEntry(entry),
      }));
      return mergeFeed(recorded, acts, limit);
    },
  };
}
