import pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';

type Bounds = { keyPrefix: string; points: number; duration: number };

/**
 * Counters for rate limits that all nodes share. They need not survive a crash, so their commits do not
 * wait for the disk; while the database is away each node counts for itself.
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
  // A connection that is lost while it is idle is replaced by the next that is needed.
  pool.on('error', () => {});
  const tableName = 'rate_limits';
  // Nodes that start at once may collide here; then the table is there all the same.
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
