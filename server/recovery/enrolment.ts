/**
 * Enrolment: a link by which an operator lets the owner of an account add a passkey. It works once; looking at
 * the page that it opens uses nothing up, because programs that scan mail and chats follow links.
 */
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { Caller } from '../records/caller.ts';
import { hashLinkToken } from '../records/link-token.ts';
import { type Opened, openRestricted } from './restricted-session.ts';

/**
 * Uses the link up and opens a restricted session.
 *
 * @param token as it stands in the link behind `#`
 * @throws {RpError} `challenge_invalid` (unknown, used or expired), `account_disabled`
 */
export async function redeemEnrolment(deps: Deps, caller: Caller, token: string): Promise<Opened> {
  const tokenHash = hashLinkToken(token);
  const now = deps.now();
  const user = await deps.store.findEnrolment(tokenHash, now);
  if (user === null) throw new RpError('challenge_invalid', { detail: 'no such enrolment' });
  const opened = openRestricted(deps, caller, user, 'enrolment');
  const { session } = opened;
  const { userAgent, country } = caller;
  await deps.store.redeemEnrolment({
    ...{ tokenHash, now, session, replaces: caller.session },
    audit: [
      {
        ...{ at: now, kind: 'enrolled', userId: user.id, credentialId: null },
        ...{ sessionId: session.id, evidence: { userAgent, country } },
      },
    ],
  });
  return opened;
}
