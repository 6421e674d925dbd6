import { type CallOptions, call } from './call.ts';
import { requireCookies } from './cookies.ts';
import { createCredential } from './create-credential.ts';
import { modal } from './modal.ts';
import { setPageOwner } from './page-owner.ts';
import type { Registered } from './types.ts';

/** Signed out: the names of the new account. Signed in: what the further passkey is for. */
export interface Registration {
  username?: string;
  displayName?: string;
  /** The token of an invitation: what stands in its link behind `#`. */
  invitation?: string;
  /** The id of the credential whose place the passkey takes. */
  upgrades?: string;
  /** Where the passkey should be kept, the best first (WebAuthn L3 §5.8.7). */
  hints?: ('client-device' | 'hybrid' | 'security-key')[];
}

/**
 * Makes a passkey, for a new account or for the one signed in. Call it from a click.
 *
 * @throws {Problem} what the server refused, or `cookies_blocked`
 * @throws {DOMException} what the browser refused; `NotAllowedError` if the prompt was closed
 */
export function register(
  request: Registration = {},
  options: CallOptions = {},
): Promise<Registered> {
  if (request.username ?? request.invitation) setPageOwner(undefined);
  return modal.run(async () => {
    requireCookies();
    return createCredential(await call('POST', '/api/registration/options', request, options));
  });
}
