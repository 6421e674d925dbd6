import { call } from './call.ts';
import { register } from './register.ts';
import type { Registered } from './types.ts';

/**
 * Puts a passkey in the place of the credential that opened this session; `SignedIn.upgrade` says
 * which. Call it from a click. Where it is cancelled or fails, the old credential goes on as it was.
 */
export function upgrade(credentialId: string): Promise<Registered> {
  return register({ upgrades: credentialId });
}

/** "Not now": for some time the server offers this upgrade no more. */
export function postponeUpgrade(credentialId: string): Promise<void> {
  return call('POST', `/api/credentials/${encodeURIComponent(credentialId)}/postpone-upgrade`);
}
