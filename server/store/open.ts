import type { DatabaseLocation } from './location.ts';
import type { PostgresOptions } from './postgres/connections.ts';
import { openSqliteStore } from './sqlite/open.ts';
import type { Store } from './store.ts';

/**
 * Opens the store in a database, with its migrations applied.
 *
 * @throws {RpError} `unavailable` if a database server can't be reached or brought up to date
 */
export async function openStore(
  location: DatabaseLocation,
  options: PostgresOptions = {},
): Promise<Store> {
  if (location.kind === 'memory') return openSqliteStore(':memory:', options);
  if (location.kind === 'file') return openSqliteStore(location.path, options);
  // Loaded only if it is used: an embedded server starts sooner without it.
  const { openPostgresStore } = await import('./postgres/open.ts');
  return openPostgresStore(location.url, options);
}
