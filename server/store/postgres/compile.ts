import { fillPlaceholders, type SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { QueryConfig } from 'pg';

const dialect = new PgDialect();

/** A statement written by hand: prepared once a connection under its name, its parameters by name. */
export function compile(
  name: string,
  statement: SQL,
): (parameters: Record<string, unknown>) => QueryConfig<unknown[]> {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return (parameters) => ({ name, text, values: fillPlaceholders(params, parameters) });
}
