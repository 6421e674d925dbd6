import type { Database } from 'better-sqlite3';
import type { SQL } from 'drizzle-orm';
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core';
import { type MailStatement, mailSql } from '../mail-sql.ts';
import { compileRows } from './compile.ts';

const dialect = new SQLiteSyncDialect();

/** Statements on mail addresses and links; those that write run inside a transaction of the caller's. */
export function mailStatements(database: Database) {
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
  };
}
