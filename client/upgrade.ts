import { register } from './register.ts';
import type { Registered } from './types.ts';

/** Replaces a legacy credential of this device with a passkey; `SignedIn.upgrade` says which one. */
export function upgrade(credentialId: string): Promise<Registered> {
  return register({ upgrades: credentialId });
}
