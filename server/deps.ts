import type { Logger } from 'pino';
import type { Apple } from './apple/apple.ts';
import type { Config } from './config.ts';
import type { Keys } from './keys.ts';
import type { RateLimiter } from './limits/limiter.ts';
import type { Metadata } from './metadata/open.ts';
import type { Metrics } from './metrics.ts';
import type { Oidc } from './oidc/oidc.ts';
import type { AccountShape } from './records/account-shape.ts';
import type { PrfValues } from './records/vault.ts';
import type { Store } from './store/store.ts';

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
  /** Which shape the account of this user-name key would have, if it existed. */
  readonly decoyShapes: (usernameKey: string) => Promise<AccountShape>;
  /** What the PRF extension is given in every ceremony; null if there are no vaults here. */
  readonly prfValues: () => PrfValues | null;
  /** What is known of authenticator models. */
  readonly metadata: Pick<Metadata, 'find' | 'anchors'>;
  /** Sign-in for apps; null if none is configured. */
  readonly oidc: Oidc | null;
  /** Sign in with Apple; null if it is not configured. */
  readonly apple: Apple | null;
  /** Whether the server answers what it was asked and takes nothing new soon. */
  readonly isEnding: () => boolean;
}
