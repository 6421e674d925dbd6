/** What a page or an app asks of an invitation before somebody signs up with it. */
import type { Deps } from '../deps.ts';
import type { Invitation } from '../records/invitation.ts';
import { hashLinkToken } from '../records/link-token.ts';

/**
 * Uses nothing up.
 *
 * @param token as it stands in the link behind `#`
 * @throws {RpError} `invitation_invalid`, `invitation_revoked`
 */
export function findInvitation(
  { store, now }: Pick<Deps, 'store' | 'now'>,
  token: string,
): Promise<Invitation> {
  return store.findInvitation(hashLinkToken(token), now());
}
