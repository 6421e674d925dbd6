/**
 * How a suspicion ends without an operator: its owner confirms with another passkey, or, some time after the
 * counter fell last, with the suspected one.
 *
 * Two copies of a key that are both in use show it again and again: whichever counter is behind falls at its
 * next use, and every fall begins the wait anew. A counter that only grew for a week is that of one key, which
 * was reset or restored. A thief who waits that long without being noticed had the key to begin with.
 */
import type { Credential } from '../records/credential.ts';
import type { EvidencePolicy } from './evidence.ts';

const waitMs = 7 * 24 * 60 * 60 * 1000;

/** Whether a step-up takes suspicions off, or an operator alone does. */
export function ownersEndSuspicions({ signCountRegression }: EvidencePolicy): boolean {
  return signCountRegression === 'auto' || signCountRegression === 'step-up';
}

/**
 * From when on a step-up with the suspected passkey itself ends the suspicion.
 *
 * @returns milliseconds since the Unix epoch; null if it is not suspected, or if that never ends it
 */
export function suspicionEndsAt(
  policy: EvidencePolicy,
  { state, counterFellAt }: Pick<Credential, 'state' | 'counterFellAt'>,
): number | null {
  const isSuspected = state === 'suspected-clone' && counterFellAt !== null;
  return isSuspected && ownersEndSuspicions(policy) ? counterFellAt + waitMs : null;
}
