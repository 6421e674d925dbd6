/** What can be used once: how soon a second use counts as somebody else's. */
import type { OidcRecord } from '../records/oidc.ts';

/** For so long an app may repeat a refresh whose answer was lost on the way. */
const refreshGraceMs = 10_000;

/**
 * Requests that come together are a race and no theft. The database decides which of them is first, and what
 * the first one got is left to it. Whoever comes later has something that is not theirs, and the library ends
 * all that came of it.
 */
const raceMs = 1_000;

type Used = Pick<OidcRecord, 'model' | 'payload' | 'consumedAt'>;

/** Apps without a secret run on phones, whose networks lose answers. */
export function graceMsOf({ model, payload }: Used): number {
  if (model !== 'RefreshToken') return 0;
  const { fromPublicClient } = JSON.parse(payload) as { fromPublicClient?: boolean };
  return fromPublicClient === true ? refreshGraceMs : 0;
}

/** Whether the library is to take it for used: if not, the database has the last word. */
export function isUsed(record: Used, now: number): boolean {
  const { consumedAt, model } = record;
  if (consumedAt === null) return false;
  const races = model === 'AuthorizationCode' || model === 'RefreshToken';
  return Math.abs(now - consumedAt) > Math.max(races ? raceMs : 0, graceMsOf(record)) || !races;
}
