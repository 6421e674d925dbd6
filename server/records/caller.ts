import type { Session } from './session.ts';
import type { User } from './user.ts';

/** Who asks, as the cookies and headers of the request say. */
export interface Caller {
  /** The random value that binds challenges to a browser; null when it sent none. */
  readonly browser: string | null;
  readonly session: Session | null;
  /** The owner of the session. */
  readonly user: User | null;
  readonly userAgent: string | null;
  /** ISO 3166-1 alpha-2, if a trusted proxy tells it. */
  readonly country: string | null;
}
