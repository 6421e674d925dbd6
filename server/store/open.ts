import type { PostgresOptions } from './postgres/connections.ts';
import { openSqliteStore } from './sqlite/open.ts';
import type { Store } from './store.ts';

/**
 * Opens the store behind a `DATABASE_URL`, with its migrations applied.
 *
 * @param databaseUrl `file:PATH`, `postgres://…` or `postgresql://…`
 * @throws {RpError} `unavailable` where a database server can't be reached or brought up to date
 */
export async function openStore(
  databaseUrl: string,
  options: PostgresOptions = {},
): Promise<Store> {
  if (databaseUrl.startsWith('file:')) return openSqliteStore(databaseUrl.slice('file:'.length));
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new TypeError('expected file:PATH, postgres:// or postgresql://');
  }
  // Loaded only where it is used: an embedded server starts sooner without it.
  const { openPostgresStore } = await import('./postgres/open.ts');
  return openPostgresStore(databaseUrl, options);
}
