import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { DecoyShapes } from './decoy-shapes.ts';
import type { Keys } from './keys.ts';
import type { Metadata } from './metadata/open.ts';
import type { Metrics } from './metrics.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { Session, Store, User } from './store/store.ts';

/** What every room is given: nothing else reaches a clock, randomness, the store or the log. */
export interface Deps {
  readonly config: Config;
  readonly keys: Keys;
  readonly store: Store;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Cryptographically strong random bytes. */
  readonly random: (length: number) => Uint8Array;
  readonly log: Logger;
  readonly rateLimiter: RateLimiter;
  readonly metrics: Metrics;
  readonly decoyShapes: DecoyShapes;
  /** What is known of authenticator models. */
  readonly metadata: Pick<Metadata, 'find' | 'anchors'>;
  /** Whether the server answers what it was asked and takes nothing new soon. */
  readonly isEnding: () => boolean;
}

/** Who asks, as the cookies and headers of the request say. */
export interface Caller {
  /** The random value that binds challenges to a browser; null when it sent none. */
  readonly browser: string | null;
  readonly session: Session | null;
  /** The owner of the session. */
  readonly user: User | null;
  readonly userAgent: string | null;
  /** ISO 3166-1 alpha-2, where a trusted proxy tells it. */
  readonly country: string | null;
}
