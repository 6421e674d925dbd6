/**
 * Where the rate limits are counted: in the memory of this process, in that of the first of several processes, or
 * in the database that all nodes share.
 */
import { RateLimiterCluster, RateLimiterMemory } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import { createRateLimiter, type RateLimiter, unlimited } from './limiter.ts';

export interface Counters {
  readonly rateLimiter: RateLimiter;
  close(): Promise<void>;
}

type Settings = Pick<Config, 'rateLimits' | 'database'>;

const nothing = async () => {};

/** Counters in PostgreSQL, which all nodes share; with SQLite, counters in this process. */
export async function openCounters({ rateLimits, database }: Settings): Promise<Counters> {
  if (!rateLimits) return { rateLimiter: unlimited, close: nothing };
  if (database.kind !== 'postgres') return { rateLimiter: createRateLimiter(), close: nothing };
  const { openPostgresCounters } = await import('./postgres-counters.ts');
  const { make, close } = await openPostgresCounters(database.url);
  return { rateLimiter: createRateLimiter(make), close };
}

/** The same for a worker: with SQLite, the first process counts for all workers. */
export async function openWorkerCounters(config: Settings): Promise<Counters> {
  if (!config.rateLimits || config.database.kind === 'postgres') return openCounters(config);
  const rateLimiter = createRateLimiter(
    (bounds) =>
      new RateLimiterCluster({
        ...bounds,
        timeoutMs: 1_000,
        insuranceLimiter: new RateLimiterMemory(bounds),
      }),
  );
  return { rateLimiter, close: nothing };
}
