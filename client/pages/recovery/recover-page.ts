import type { User } from '../../library/types.ts';

/** What this service gives an account back for. */
export interface Ways {
  /** A recovery code alone is enough. */
  code: boolean;
  mail: boolean;
  /** Mail alone is enough after so many days; null if it never is. */
  waitDays: number | null;
}

export interface RecoverPage {
  session: { user: User } | null;
  ways: Ways;
}
