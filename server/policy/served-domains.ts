/** The RP IDs that passkeys may belong to: ours first, then those that the site has moved away from. */
import type { Credential } from '../records/credential.ts';
import { isAccepted } from './ways-in.ts';

export type ServedDomains = readonly [string, ...string[]];

export function servedDomains({
  rpId,
  formerRpIds,
}: {
  readonly rpId: string;
  readonly formerRpIds: readonly string[];
}): ServedDomains {
  return [rpId, ...formerRpIds];
}

/** The first served one that any of the passkeys is for; null where none of them lets anybody in. */
export function domainOf(
  served: ServedDomains,
  credentials: readonly Pick<Credential, 'rpId' | 'state'>[],
): string | null {
  const accepted = credentials.filter(isAccepted);
  return served.find((rpId) => accepted.some((each) => each.rpId === rpId)) ?? null;
}
