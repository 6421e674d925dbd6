/**
 * What browsers, password managers and app stores look up at fixed addresses of a domain to learn what
 * belongs together with it.
 *
 * Guarantees: the documents come from configuration alone. The domain that is asked may be the RP ID, the
 * site, or one that the site has moved away from: the answer is the same.
 */
import type { Config } from '../config.ts';

/** WebAuthn L3 §5.11.1: the origins that may use passkeys of this domain; null where only its own may. */
export function relatedOrigins({
  origin,
  relatedOrigins: related,
  formerRpIds,
}: Pick<Config, 'origin' | 'relatedOrigins' | 'formerRpIds'>) {
  if (related.length === 0 && formerRpIds.length === 0) return null;
  return { origins: [...new Set([origin, ...related])] };
}

/** Passkey Endpoints §3: where password managers send a person to add passkeys or to look after them. */
export function passkeyEndpoints({ origin, vault }: Pick<Config, 'origin' | 'vault'>) {
  const account = `${origin}/account`;
  // What a passkey does beside signing in, so that nobody deletes one that encrypts something.
  const uses = vault ? { prfUsageDetails: `${origin}/vault` } : {};
  return { enroll: account, manage: account, ...uses };
}
