import { call } from './call.ts';
import { createCredential } from './create-credential.ts';
import { modal } from './modal.ts';
import { setPageOwner } from './page-owner.ts';
import type { Registered } from './types.ts';

/** Signed out: the names of the new account. Signed in: what the further passkey is for. */
export interface Registration {
  username?: string;
  displayName?: string;
  upgrades?: string;
  /** Where the passkey should be kept, the best first (WebAuthn L3 §5.8.7). */
  hints?: ('client-device' | 'hybrid' | 'security-key')[];
}

/** Makes a passkey, for a new account or for the one signed in. Call it from a click. */
export function register(request: Registration = {}): Promise<Registered> {
  if (request.username !== undefined) setPageOwner(undefined);
  return modal.run(async () =>
    createCredential(await call('POST', '/api/registration/options', request)),
  );
}
