import pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';

type Bounds = { keyPrefix: string; points: number; duration: number };

/**
 * Counters for rate limits that all nodes share. They need not survive a crash, so their commits do not
 * wait for the disk. While the database can't be reached, each node counts for itself.
 */
export async function openPostgresCounters(url: string): Promise<{
  make: (bounds: Bounds) => RateLimiterPostgres;
  close: () => Promise<void>;
}> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: 2000,
    query_timeout: 2000,
    options: '-c synchronous_commit=off',
  });
  // If an idle connection is lost, the pool opens another one when it needs it.
  pool.on('error', () => {});
  const tableName = 'rate_limits';
  // If nodes start at the same time, one of them may fail here, because another one has just made the table.
  await pool
    .query(
      `CREATE TABLE IF NOT EXISTS ${tableName}
        (key varchar(255) PRIMARY KEY, points integer NOT NULL DEFAULT 0, expire bigint)`,
    )
    .catch(() => {});
  return {
    make: (bounds) =>
      new RateLimiterPostgres({
        ...bounds,
        storeClient: pool,
        tableName,
        tableCreated: true,
        inMemoryBlockOnConsumed: bounds.points + 1,
        insuranceLimiter: new RateLimiterMemory(bounds),
      }),
    close: () => pool.end(),
  };
}
