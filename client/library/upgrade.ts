import { type CallOptions, call } from './call.ts';
import { register } from './register.ts';
import type { Registered } from './types.ts';

/**
 * Puts a passkey in the place of the credential that opened this session; `SignedIn.upgrade` says
 * which. Call it from a click. If it is cancelled or fails, the old credential goes on as it was.
 *
 * @throws as `register` does
 */
export function upgrade(credentialId: string, options: CallOptions = {}): Promise<Registered> {
  return register({ upgrades: credentialId }, options);
}

/** "Not now": for some time the server does not offer this upgrade again. */
export function postponeUpgrade(credentialId: string): Promise<void> {
  return call('POST', `/api/credentials/${encodeURIComponent(credentialId)}/postpone-upgrade`);
}
