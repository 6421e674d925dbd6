import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RpError } from '../errors.ts';
import { type RateLimit, rateLimits } from './table.ts';

/** Counts what was asked for and refuses what is too much. */
export interface RateLimiter {
  /** @throws {RpError} `too_many_requests`, with the seconds to wait as `retryAfter` */
  take(limit: RateLimit, key: string): Promise<void>;
}

type Bounds = { keyPrefix: string; points: number; duration: number };

/**
 * @param make what counts: in memory for one process, else something that all nodes share. A counter
 *   that fails counts for nothing: a database that is away must not turn into a refusal of its own.
 */
export function createRateLimiter(
  make: (bounds: Bounds) => RateLimiterAbstract = (bounds) => new RateLimiterMemory(bounds),
): RateLimiter {
  const counters = new Map(
    Object.entries(rateLimits).map(([name, { points, seconds }]) => [
      name,
      make({ keyPrefix: name, points, duration: seconds }),
    ]),
  );
  return {
    async take(limit, key) {
      try {
        await counters.get(limit)?.consume(key);
      } catch (thrown) {
        if (!(thrown instanceof RateLimiterRes)) return;
        const retryAfter = Math.max(1, Math.ceil(thrown.msBeforeNext / 1000));
        throw new RpError('too_many_requests', { detail: limit, members: { retryAfter } });
      }
    },
  };
}

export const unlimited: RateLimiter = { take: async () => {} };
