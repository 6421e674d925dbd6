/** What a page behind a proxy demands of a sign-in, beside that there is one. */
import type { Opener } from '../records/credential.ts';
import type { Session } from '../records/session.ts';
import { type Acr, assuranceOf, bestAcrOf, satisfies } from './assurance.ts';
import { verifiesUser } from './ways-in.ts';

export interface Demand {
  readonly acr: Acr | null;
  /** Whether the passkey must have verified its owner. */
  readonly userVerified: boolean;
  /** How long ago the last sign-in or step-up may be. */
  readonly maxAgeSeconds: number | null;
}

type Shown = Pick<Session, 'method' | 'userVerified' | 'authenticatedAt'>;

/** @param opener the passkey that opened the session; null if it is gone */
export function meets(
  { acr, userVerified, maxAgeSeconds }: Demand,
  session: Shown,
  opener: Opener | null,
  now: number,
): boolean {
  const shown = assuranceOf(session, opener);
  if (userVerified && !shown.amr.includes('user')) return false;
  if (maxAgeSeconds !== null && now - session.authenticatedAt > maxAgeSeconds * 1000) return false;
  return satisfies(shown.acr, acr === null ? [] : [acr]);
}

/** Whether a step-up with one of these passkeys could show it. */
export function isInReach({ acr, userVerified }: Demand, held: readonly Opener[]): boolean {
  if (acr === null && !userVerified) return true;
  return held.some((each) => verifiesUser(each) && satisfies(bestAcrOf(each), acr ? [acr] : []));
}
