import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RpError } from '../errors.ts';
import { type RateLimit, rateLimits } from './table.ts';

/** Counts requests and refuses those above a limit. */
export interface RateLimiter {
  /** @throws {RpError} `too_many_requests`, with the seconds to wait as `retryAfter` */
  take(limit: RateLimit, key: string): Promise<void>;
}

type Bounds = { keyPrefix: string; points: number; duration: number };

/**
 * @param make makes the counter of a limit, by default in the memory of this process. If a counter fails, the
 *   request passes: an unreachable database must not refuse requests because of rate limits.
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
