import { RpError } from '../errors.ts';
import type { EndedLogin, OidcChanges, OidcLogin, OidcRecord } from '../records/oidc.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';

/** So many ended logins are taken at a time. */
export const loginsAtOnce = 20;

/** When one that was taken may be taken again: later each time, because who doesn't answer is away. */
export const loginRetry = { firstMs: 30_000, mostMs: 3_600_000, doublings: 7 } as const;

/** Ended logins are kept so much longer than the sign-in would have lasted, for apps that are away. */
export const loginKeptMs = 2 * 86_400_000;

/** When a first use must have been for a second one to be let pass: never, if there is no grace. */
export function graceAround(at: number, graceMs: number) {
  return graceMs === 0
    ? { earliest: 1, latest: 0 }
    : { earliest: at - graceMs, latest: at + graceMs };
}

/** The sign-ins that these records come from. */
export function lineagesOf(records: readonly OidcRecord[]) {
  return records.flatMap(({ userId, lineage }) =>
    userId === null || lineage === null ? [] : { userId, lineage },
  );
}

/** For changes that are not made because whom they belong to is gone. */
export function falseIfGone(error: unknown): false {
  if (error instanceof RpError && error.code === 'unauthenticated') return false;
  throw error;
}

/** What the OpenID provider keeps. */
export interface OidcStore {
  /** Finds none that ended with its session. Whether it has expired or was used, the caller judges. */
  findOidcRecord(key: string, now: number): Promise<OidcRecord | null>;
  /**
   * Stores what may come only once; false if it came before and has not expired. Of several at once, one
   * gets true.
   */
  insertOnce(record: OidcRecord, now: number): Promise<boolean>;
  /**
   * All at once, or nothing and false: because what was to be consumed was consumed already, or the account
   * or the sign-in that something belongs to has ended meanwhile. Of several at once that consume the same,
   * one gets true.
   */
  commitOidc(changes: OidcChanges): Promise<boolean>;
  /** The latest session of a sign-in, and its owner. Finds none of a disabled account. */
  findLineage(
    userId: string,
    lineage: string,
    now: number,
  ): Promise<{ session: Session; user: User } | null>;
  /**
   * Takes some of the logins whose sign-in has ended. Nodes don't get the same ones; until it is forgotten,
   * one comes again after half a minute, and each time twice as late, but within the hour.
   */
  takeEndedLogins(now: number): Promise<EndedLogin[]>;
  forgetLogin(login: OidcLogin): Promise<void>;
}
