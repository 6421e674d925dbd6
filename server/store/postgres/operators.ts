import { desc, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { OperatorEntry, RecordedOperatorEntry } from '../../records/operator-entry.ts';
import { columnsOf, operatorEntryFields } from '../columns.ts';
import { everyColumn } from '../placeholders.ts';
import { operatorEntries } from './schema.ts';

export function operatorStatements(db: NodePgDatabase) {
  // An attempt whose outcome is not known is made again.
  const { position: _later, ...given } = everyColumn(operatorEntries);
  const insert = db
    .insert(operatorEntries)
    .values(given)
    .onConflictDoNothing()
    .prepare('note_operator');
  const list = db
    .select(columnsOf(operatorEntries, operatorEntryFields))
    .from(operatorEntries)
    .orderBy(desc(operatorEntries.at), desc(operatorEntries.id))
    .limit(sql.placeholder('limit'))
    .prepare('list_operator_entries');
  return {
    note: async (entry: OperatorEntry): Promise<void> => {
      await insert.execute({ ...entry });
    },
    list: (limit: number): Promise<RecordedOperatorEntry[]> => list.execute({ limit }),
  };
}
