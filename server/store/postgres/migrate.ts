import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

const migrationsFolder = fileURLToPath(new URL('../../../migrations/postgres', import.meta.url));

/** "latchkey" in ASCII: other programs on the database have locks of their own. */
const lockKey = '7809650223938102649';
const lockEveryMs = 100;
/** A migration of a large table may take another node this long. */
const lockTimeoutMs = 10 * 60_000;

/** undefined_table, invalid_schema_name: nothing was ever migrated. */
const isEmpty = /^(42P01|3F000)$/;
/** undefined_function, feature_not_supported: no advisory locks here. */
const hasNoLocks = /^(42883|0A000)$/;

/**
 * Brings the database up to date, on a connection of its own. Of several nodes that start at once one
 * does the work, under an advisory lock that goes with its connection, and the others wait for it. A
 * database that is up to date is only read: the node needs no right to change it then.
 *
 * Some clusters have no advisory locks or only pretend to (CockroachDB). There, nodes may get into each
 * other's way; the one whose migration fails looks again whether another one has done it.
 */
export async function migratePostgres(url: string, timeoutMs: number): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    fallback_application_name: 'latchkey migrations',
    connectionTimeoutMillis: timeoutMs,
    keepAlive: true,
  });
  client.on('error', () => {});
  await client.connect();
  const ask = asking(client, timeoutMs);
  try {
    await ask(`SELECT set_config('search_path', 'public', false)`);
    if (await isUpToDate(ask)) return;
    await lock(ask);
    for (let attempts = 1; ; attempts++) {
      try {
        await migrate(drizzle({ client }), { migrationsFolder });
        return;
      } catch (error) {
        if (attempts === 5) throw error;
        await pause(500 * attempts);
        if (await isUpToDate(ask)) return;
      }
    }
  } finally {
    await client.end();
  }
}

type Ask = <Row extends pg.QueryResultRow>(
  text: string,
  values?: unknown[],
) => Promise<pg.QueryResult<Row>>;

/**
 * What is only asked fails if there is no answer in time: a network that swallows it, a table that
 * somebody has locked. The migration itself may take its time.
 */
function asking(client: pg.Client, timeoutMs: number): Ask {
  return (text, values = []) => {
    const query = { text, values, query_timeout: timeoutMs };
    return client.query(query);
  };
}

async function isUpToDate(ask: Ask): Promise<boolean> {
  const last = readMigrationFiles({ migrationsFolder }).at(-1)?.folderMillis ?? 0;
  try {
    const { rows } = await ask<{ last: string | null }>(
      'SELECT max(created_at) AS last FROM drizzle.__drizzle_migrations',
    );
    return Number(rows[0]?.last ?? -1) >= last;
  } catch (error) {
    if (error instanceof pg.DatabaseError && isEmpty.test(error.code ?? '')) return false;
    throw error;
  }
}

/** Asks again and again rather than waiting in the server, because a waiting statement holds others up. */
async function lock(ask: Ask): Promise<void> {
  const deadline = performance.now() + lockTimeoutMs;
  while (performance.now() < deadline) {
    try {
      const { rows } = await ask<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        lockKey,
      ]);
      if (rows[0]?.locked) return;
    } catch (error) {
      if (error instanceof pg.DatabaseError && hasNoLocks.test(error.code ?? '')) return;
      throw error;
    }
    await pause(lockEveryMs);
  }
  throw new Error('another node has been migrating the database for too long');
}
