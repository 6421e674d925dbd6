import type { Passkey } from '../../library/types.ts';
import { country } from '../../words/country.ts';
import { passkeys } from '../../words/en.ts';
import { when } from '../../words/when.ts';

/** Where a passkey lives. */
export function residence({ kind, backedUp, current }: Passkey): string {
  if (kind === 'legacy') return current ? passkeys.legacyHere : passkeys.legacyElsewhere;
  if (kind === 'device-bound') return passkeys.deviceBound;
  return backedUp ? passkeys.synced : passkeys.notSynced;
}

/** "Last used today, Safari on iPhone, Germany"; empty if nobody can tell, or the answer is plain. */
export function lastUse(passkey: Passkey, now?: Date): string {
  const { lastUsedAt, lastUsedOn, lastUsedIn, current, useKnown } = passkey;
  // One that opened this session was just made.
  if (!lastUsedAt) return current || !useKnown ? '' : passkeys.notUsed;
  const facts = [passkeys.lastUsed(when(lastUsedAt, now)), lastUsedOn, country(lastUsedIn)];
  return facts.filter(Boolean).join(', ');
}

/** What its owner should know or do about it; empty if nothing. */
export function advise(passkey: Passkey, now = new Date()): string {
  const { state, upgrade, current, suspicionEndsAt } = passkey;
  if (suspicionEndsAt) {
    const isOver = Date.parse(suspicionEndsAt) <= now.getTime();
    return isOver
      ? passkeys.suspectedLongEnough
      : passkeys.suspectedUntil(when(suspicionEndsAt, now));
  }
  if (state !== 'active' || !upgrade || current) return passkeys.states[state] ?? '';
  return passkeys.updateElsewhere;
}

/** Whether it counts when one passkey has to stay: the others are gone, or not accepted. */
export function isWayIn({ state }: Passkey): boolean {
  return state === 'active' || state === 'suspected-clone';
}
