import type { Database } from 'better-sqlite3';
import { lte, type SQL } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core';
import { type MailStatement, mailSql } from '../mail-sql.ts';
import { compileRows } from './compile.ts';
import { addressCodes, recoveryBrowsers, recoveryLinks } from './schema.ts';

const dialect = new SQLiteSyncDialect();

/** Statements on mail addresses and links; those that write run inside a transaction of the caller's. */
export function mailStatements(db: BetterSQLite3Database, database: Database) {
  const statements = Object.fromEntries(
    Object.entries(mailSql).map(([name, statement]: [string, SQL]) => [
      name,
      compileRows(database, { toSQL: () => dialect.sqlToQuery(statement) }),
    ]),
  );
  return {
    run<Row = unknown>(name: MailStatement, values: object): Row[] {
      return (statements[name]?.({ ...values }) ?? []) as Row[];
    },
    purge: (now: number): number =>
      [addressCodes, recoveryLinks, recoveryBrowsers]
        .map((table) => db.delete(table).where(lte(table.expiresAt, now)).run().changes)
        .reduce((sum, each) => sum + each, 0),
  };
}
