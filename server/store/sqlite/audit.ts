import type { Database } from 'better-sqlite3';
import { asc, desc, eq, gte, lt } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { AuditEntry, RecordedEntry } from '../../records/audit.ts';
import { recordedEntry } from '../audit-row.ts';
import { auditFields, columnsOf } from '../columns.ts';
import { everyColumn } from '../placeholders.ts';
import { compile } from './compile.ts';
import { auditEntries } from './schema.ts';

/** Statements on audit entries; those that write run inside a transaction of the caller's. */
export function auditStatements(db: BetterSQLite3Database, database: Database) {
  const { id: _made, ...given } = everyColumn(auditEntries);
  const insert = compile(database, db.insert(auditEntries).values(given));

  return {
    note(entries: readonly AuditEntry[]): void {
      for (const entry of entries) insert({ ...entry });
    },

    list: (userId: string, limit: number): RecordedEntry[] =>
      db
        .select(columnsOf(auditEntries, auditFields))
        .from(auditEntries)
        .where(eq(auditEntries.userId, userId))
        .orderBy(desc(auditEntries.id))
        .limit(limit)
        .all()
        .map(recordedEntry),

    /** From the oldest on up to the first that is to stay: there is no index on their times. */
    purge(before: number): number {
      const [stays] = db
        .select({ id: auditEntries.id })
        .from(auditEntries)
        .where(gte(auditEntries.at, before))
        .orderBy(asc(auditEntries.id))
        .limit(1)
        .all();
      const due = stays === undefined ? undefined : lt(auditEntries.id, stays.id);
      return db.delete(auditEntries).where(due).run().changes;
    },
  };
}
