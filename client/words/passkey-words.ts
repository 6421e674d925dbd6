import type { Passkey } from '../library/types.ts';
import { country } from './country.ts';
import { when } from './when.ts';

/** Where a passkey lives. */
export function residence({ kind, backedUp, current }: Passkey): string {
  if (kind === 'legacy') return `Older kind: works on ${current ? 'this' : 'one'} device only`;
  if (kind === 'device-bound') return 'On one device only';
  return backedUp ? 'Synced' : 'Not synced';
}

/** "Last used today, Safari on iPhone, Germany" */
export function lastUse({ lastUsedAt, lastUsedOn, lastUsedIn }: Passkey, now?: Date): string {
  if (!lastUsedAt) return 'Not used yet';
  const facts = [`Last used ${when(lastUsedAt, now)}`, lastUsedOn, country(lastUsedIn)];
  return facts.filter(Boolean).join(', ');
}

const states: Readonly<Record<Passkey['state'], string>> = {
  active: '',
  superseded: 'Replaced. You can delete it if you no longer see it in your password manager.',
  'suspected-clone':
    'We saw a sign that this key was copied. If you can’t explain it, sign in with another passkey and delete this one, or ask whoever runs this service.',
  revoked: 'No longer accepted.',
};

/** What its owner should know or do about it, if anything. */
export function advise({ state, upgrade, current }: Passkey): string {
  if (state !== 'active' || !upgrade || current) return states[state] ?? '';
  return 'Sign in with it on the device where it lives, and we will offer to update it.';
}

/** Whether it may be the last one that an account holds: the others are gone, or not accepted. */
export function isWayIn({ state }: Passkey): boolean {
  return state === 'active' || state === 'suspected-clone';
}
