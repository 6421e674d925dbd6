/** What both dialects decide alike about links with Apple. */
import { RpError } from '../errors.ts';
import type { AppleArrival, AppleLink, AppleLinkState, SealedToken } from '../records/apple.ts';
import type { NewMessage } from '../records/outbox.ts';

/** A refresh token that Apple is to revoke. The message outlives the account; the token in it stays sealed. */
export function revocationOf(
  userId: string,
  { clientId, sealed }: SealedToken,
  at: number,
): NewMessage {
  const message = JSON.stringify({ clientId, sealed });
  return { channel: 'apple', subject: userId, message, createdAt: at, dueAt: at };
}

/** A link that an arrival makes. */
export function newLink(
  userId: string,
  { teams, sub, name, at, toldAt }: Pick<AppleArrival, 'teams' | 'sub' | 'name' | 'at' | 'toldAt'>,
) {
  const [team = ''] = teams;
  return {
    ...{ team, sub, userId, state: 'active' as AppleLinkState, stateChangedAt: at },
    givenName: name?.givenName ?? null,
    familyName: name?.familyName ?? null,
    ...{ createdAt: at, lastUsedAt: at, toldAt, checkDueAt: null },
    ...{ transferSub: null, transferredAt: null },
  };
}

/** A link that another store had. The refresh tokens stay there, so there is nothing to check. */
export function carriedLink(link: AppleLink) {
  const times = { toldAt: link.lastUsedAt, checkDueAt: null };
  return { ...link, ...times, transferSub: null, transferredAt: null };
}

/** Refuses what would take the place of another link. */
export function refuseOtherLinks(
  userId: string,
  { teams, sub }: Pick<AppleArrival, 'teams' | 'sub'>,
  found: AppleLink | undefined,
  held: readonly AppleLink[],
): void {
  if (found !== undefined && found.userId !== userId) throw new RpError('apple_taken');
  const isOther = held.some((link) => link.team === teams[0] && link.sub !== sub);
  if (isOther) throw new RpError('apple_linked');
}
