/** What a page or an app asks of an invitation before somebody signs up with it. */
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { Invitation } from '../records/invitation.ts';
import { hashLinkToken } from '../records/link-token.ts';

/**
 * Uses nothing up.
 *
 * @param token as it stands in the link behind `#`
 * @throws {RpError} `invitation_invalid`
 */
export async function findInvitation(
  { store, now }: Pick<Deps, 'store' | 'now'>,
  token: string,
): Promise<Invitation> {
  const found = await store.findInvitation(hashLinkToken(token), now());
  if (found === null) throw new RpError('invitation_invalid', { detail: 'no such invitation' });
  return found;
}
