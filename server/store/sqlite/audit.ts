import type { Database } from 'better-sqlite3';
import { and, asc, desc, eq, lt, lte, max, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { AuditEntry, RecordedEntry } from '../../records/audit.ts';
import type { AuditPage } from '../audit.ts';
import { auditRowOf, recordedEntry } from '../audit-row.ts';
import { auditFields, columnsOf } from '../columns.ts';
import { busiest, busyFrom, day, keptOfDay, lookedAt } from '../history-limits.ts';
import { noticesOf } from '../notices.ts';
import { pageOf } from '../pages.ts';
import { everyColumn } from '../placeholders.ts';
import { noSuchPage } from '../refusals.ts';
import { compile } from './compile.ts';
import type { outboxStatements } from './outbox.ts';
import { auditEntries, erasures } from './schema.ts';

/** So many rows are deleted in one turn of the event loop: some milliseconds. */
const batch = 2_000;

/** Statements on audit entries; those that write run inside a transaction of the caller's. */
export function auditStatements(
  db: BetterSQLite3Database,
  database: Database,
  outbox: ReturnType<typeof outboxStatements>,
) {
  const { id: _made, position: _later, ...given } = everyColumn(auditEntries);
  const insert = compile(database, db.insert(auditEntries).values(given));
  const latest = (condition?: SQL): number =>
    db
      .select({ id: max(auditEntries.id) })
      .from(auditEntries)
      .where(condition)
      .get()?.id ?? 0;
  const remove = (condition: SQL): number => db.delete(auditEntries).where(condition).run().changes;

  const begun = () => db.select().from(erasures).limit(1).get();

  function eraseUpTo(userId: string, upTo: number): number {
    const some = db
      .select({ id: auditEntries.id })
      .from(auditEntries)
      .where(and(eq(auditEntries.userId, userId), lte(auditEntries.id, upTo)))
      .limit(batch);
    return remove(sql`${auditEntries.id} IN ${some}`);
  }

  return {
    note(entries: readonly AuditEntry[], notices = noticesOf(entries)): void {
      for (const entry of entries) {
        const { security, ...row } = auditRowOf(entry);
        insert({ ...row, security: Number(security) });
      }
      outbox.notify(notices);
    },

    list(userId: string, { limit, before, only }: AuditPage) {
      if (before !== undefined && !/^\d{1,15}$/.test(before)) throw noSuchPage();
      const rows = db
        .select({ id: auditEntries.id, entry: columnsOf(auditEntries, auditFields) })
        .from(auditEntries)
        .where(
          and(
            eq(auditEntries.userId, userId),
            before === undefined ? undefined : lt(auditEntries.id, Number(before)),
            // Written as in its index, or the planner does not see that it may use it.
            only === 'security' ? sql`security = 1` : undefined,
          ),
        )
        .orderBy(desc(auditEntries.id))
        .limit(limit + 1)
        .all();
      const { shown, next } = pageOf(rows, limit, ({ id }) => String(id));
      const entries: RecordedEntry[] = shown.map(({ entry }) => recordedEntry(entry));
      return { entries, next };
    },

    /** Deletes some of what is older, from the oldest on up to the first that is not. */
    purge(before: number): { removed: number; more: boolean } {
      const oldest = db
        .select({ id: auditEntries.id, at: auditEntries.at })
        .from(auditEntries)
        .orderBy(asc(auditEntries.id))
        .limit(batch)
        .all();
      const stays = oldest.findIndex(({ at }) => at >= before);
      const due = stays === -1 ? oldest : oldest.slice(0, stays);
      const last = due.at(-1);
      return {
        removed: last === undefined ? 0 : remove(lte(auditEntries.id, last.id)),
        more: due.length === batch,
      };
    },

    latest: () => latest(),

    /** The accounts that made most of these entries. */
    busyAccounts: (after: number, upTo: number): string[] =>
      db
        .select({ userId: auditEntries.userId })
        .from(auditEntries)
        .where(and(sql`${auditEntries.id} > ${after}`, lte(auditEntries.id, upTo)))
        .groupBy(auditEntries.userId)
        .having(sql`count(*) >= ${busyFrom}`)
        .orderBy(desc(sql`count(*)`))
        .limit(busiest)
        .all()
        .map(({ userId }) => userId),

    /** Thins the latest entries out, so that some of every kind and day stay; returns how many went. */
    thin(userId: string): number {
      const ofDay = sql`PARTITION BY kind, at / ${sql.raw(String(day))} ORDER BY id`;
      return remove(sql`${auditEntries.id} IN (
        SELECT id FROM (
          SELECT id, row_number() OVER (${ofDay}) AS first, row_number() OVER (${ofDay} DESC) AS last
          FROM (
            SELECT id, kind, at FROM ${auditEntries} WHERE user_id = ${userId}
            ORDER BY id DESC LIMIT ${lookedAt}
          )
        ) WHERE first > ${keptOfDay} AND last > ${keptOfDay}
      )`);
    },

    /** Begins with the history of an account that goes; what does not fit in one turn is left for `eraseSome`. */
    erase(userId: string): void {
      const upTo = latest(eq(auditEntries.userId, userId));
      if (eraseUpTo(userId, upTo) < batch) return;
      db.insert(erasures)
        .values({ userId, upTo })
        .onConflictDoUpdate({ target: erasures.userId, set: { upTo } })
        .run();
    },

    isErasing: (): boolean => begun() !== undefined,

    /** Goes on with one of the erasures that have begun. */
    eraseSome(): void {
      const erasure = begun();
      if (erasure === undefined) return;
      if (eraseUpTo(erasure.userId, erasure.upTo) === batch) return;
      db.delete(erasures).where(eq(erasures.userId, erasure.userId)).run();
    },
  };
}
