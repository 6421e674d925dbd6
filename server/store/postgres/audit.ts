import { desc, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { AuditEntry, RecordedEntry } from '../../records/audit.ts';
import { recordedEntry } from '../audit-row.ts';
import { auditFields, columnsOf } from '../columns.ts';
import { everyColumn } from '../placeholders.ts';
import { auditEntries } from './schema.ts';
import { settleAll } from './settle-all.ts';

/** Statements on audit entries; those that write run inside a transaction of the caller's. */
export function auditStatements(db: NodePgDatabase, newAuditId: (at: number) => string) {
  const insert = db.insert(auditEntries).values(everyColumn(auditEntries)).prepare('insert_audit');
  const ofUser = db
    .select(columnsOf(auditEntries, auditFields))
    .from(auditEntries)
    .where(eq(auditEntries.userId, sql.placeholder('userId')))
    .orderBy(desc(auditEntries.id))
    .limit(sql.placeholder('limit'))
    .prepare('list_audit');

  return {
    async note(entries: readonly AuditEntry[]): Promise<void> {
      await settleAll(
        entries.map((entry) => insert.execute({ ...entry, id: newAuditId(entry.at) })),
      );
    },

    list: async (userId: string, limit: number): Promise<RecordedEntry[]> =>
      (await ofUser.execute({ userId, limit })).map(recordedEntry),
  };
}
