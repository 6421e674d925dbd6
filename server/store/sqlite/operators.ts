import { desc } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { OperatorEntry, RecordedOperatorEntry } from '../../records/operator-entry.ts';
import { columnsOf, operatorEntryFields } from '../columns.ts';
import { operatorEntries } from './schema.ts';

export function operatorStatements(db: BetterSQLite3Database) {
  return {
    note: (entry: OperatorEntry): void => {
      db.insert(operatorEntries).values(entry).run();
    },
    list: (limit: number): RecordedOperatorEntry[] =>
      db
        .select(columnsOf(operatorEntries, operatorEntryFields))
        .from(operatorEntries)
        .orderBy(desc(operatorEntries.at), desc(operatorEntries.id))
        .limit(limit)
        .all(),
  };
}
