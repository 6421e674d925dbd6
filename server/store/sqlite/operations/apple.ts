import { RpError } from '../../../errors.ts';
import type {
  AppleArrival,
  AppleEnd,
  AppleEventOutcome,
  AppleLink,
} from '../../../records/apple.ts';
import type { User } from '../../../records/user.ts';
import type { AppleStore, Coming } from '../../apple.ts';
import { newLink, refuseOtherLinks, revocationOf } from '../../apple-rows.ts';
import type { Access, Statements } from '../statements.ts';

/** The link of the person who came. Whom another team handed over is linked with this one, too. */
function findLink(
  on: Statements,
  arrival: AppleArrival,
): { link: AppleLink; transferred: boolean } | null {
  const { teams, sub, transferSub } = arrival;
  const link = on.apple.find(teams, sub);
  if (link !== undefined) return { link, transferred: false };
  const handedOver = transferSub === null ? undefined : on.apple.findHandedOver(transferSub);
  if (handedOver === undefined) return null;
  on.apple.insert(newLink(handedOver.userId, arrival));
  return { link: on.apple.find(teams, sub) ?? handedOver, transferred: true };
}

function come(
  on: Statements,
  { arrival, newcomer, invitation, admit }: Parameters<AppleStore['completeAppleSignIn']>[0],
): Coming {
  const found = findLink(on, arrival);
  const user: User = (found && on.users.find(found.link.userId)) ?? {
    ...newcomer.user,
    disabledAt: null,
    policy: null,
  };
  if (user.disabledAt !== null) throw new RpError('account_disabled');
  admit(user, on.credentials.list(user.id));
  if (found === null) {
    if (invitation !== undefined) on.invitations.use(invitation.tokenHash, invitation.now);
    on.users.insert(newcomer.user, newcomer.usernameKey);
    on.apple.insert(newLink(user.id, arrival));
  }
  const link = found?.link ?? on.apple.find(arrival.teams, arrival.sub);
  const addressChanged = link !== undefined && on.apple.arrive(link, arrival);
  return {
    ...{ user, created: found === null, transferred: found?.transferred ?? false },
    ...{ returned: found?.link.state === 'revoked', addressChanged },
  };
}

/** Queues every refresh token of the account to be revoked, and ends its links. */
export function endAppleLinks(on: Statements, userId: string, at: number): AppleEnd {
  const tokens = on.apple.ofUser(userId).flatMap((link) => on.apple.tokensOf(link));
  on.outbox.add(tokens.map((token) => revocationOf(userId, token, at)));
  return { links: on.apple.removeAll(userId), tokens: tokens.length };
}

function endSessions(on: Statements, userId: string, keep: string | null): void {
  on.apple.endSessions(userId, keep);
  on.oidc.noteEnds(userId);
}

function apply(
  on: Statements,
  {
    jti,
    expiresAt,
    teams,
    sub,
    event,
    at,
    eventAt,
  }: Parameters<AppleStore['applyAppleNotification']>[0],
): { outcome: AppleEventOutcome; userId: string } {
  const none = (outcome: AppleEventOutcome) => ({ outcome, userId: '' });
  if (!on.apple.noteNotification(jti, expiresAt)) return none('repeated');
  const link = on.apple.find(teams, sub);
  if (link === undefined) return none('unknown');
  const { userId } = link;
  switch (event.type) {
    case 'email-disabled':
    case 'email-enabled':
      if (!on.apple.setForwarding(link, event, eventAt)) return none('overtaken');
      break;
    case 'consent-revoked':
      if (!on.apple.revoke(link, at, eventAt)) return none('overtaken');
      endSessions(on, userId, null);
      break;
    case 'account-deleted':
      if (on.apple.isOvertaken(link, eventAt)) return none('overtaken');
      on.apple.removeAll(userId);
      endSessions(on, userId, null);
      break;
  }
  return { outcome: 'applied', userId };
}

export const appleOperations = ({ read, write }: Access): AppleStore => ({
  findAppleLinks: (userId) =>
    read((on) =>
      on.apple.ofUser(userId).map((link) => ({
        link,
        addresses: on.apple.addresses(link),
        tokens: on.apple.tokensOf(link).length,
      })),
    ),
  completeAppleSignIn: (input) =>
    write((on) => {
      on.nonces.spend(input.nonce);
      const coming = come(on, input);
      const { session, audit } = input.open(coming);
      on.sessions.open(session, input.replaces);
      if (input.replaces !== null && input.replaces.userId !== session.userId) {
        on.oidc.noteEnds(input.replaces.userId);
      }
      on.audit.note(audit);
      return coming.user;
    }),
  linkApple: ({ nonce, userId, sessionId, arrival, audit }) =>
    write((on) => {
      on.nonces.spend(nonce);
      on.users.refuseMissing(userId);
      on.sessions.refuseMissing(userId, sessionId);
      const found = findLink(on, arrival)?.link;
      refuseOtherLinks(userId, arrival, found, on.apple.ofUser(userId));
      if (found === undefined) on.apple.insert(newLink(userId, arrival));
      const link = found ?? on.apple.find(arrival.teams, arrival.sub);
      if (link !== undefined) on.apple.arrive(link, arrival);
      on.audit.note(audit);
    }),
  unlinkApple: ({ userId, keepOneOf, keepSession, at, audit }) =>
    write((on) => {
      const end = endAppleLinks(on, userId, at);
      if (end.links === 0) throw new RpError('not_found');
      on.credentials.refuseNone(userId, keepOneOf);
      endSessions(on, userId, keepSession);
      on.audit.note(audit);
      return end;
    }),
  applyAppleNotification: (input) =>
    write((on) => {
      const { outcome, userId } = apply(on, input);
      if (outcome === 'applied') on.audit.note(input.audit(userId));
      return outcome;
    }),

  takeAppleChecks: (now, until) => write((on) => on.apple.takeChecks(now, until)),
  noteAppleCheck: ({ team, sub, userId, takenAt, dueAt, gone, resealed, isValid, audit }) =>
    write((on) => {
      const lastUsedAt = on.apple.settleCheck({ team, sub }, { gone, resealed, dueAt });
      if (isValid || lastUsedAt === null || lastUsedAt >= takenAt) return;
      endSessions(on, userId, null);
      on.audit.note(audit);
    }),

  listAppleLinks: (team, after, limit) => read((on) => on.apple.list(team, after, limit)),
  keepTransferSub: ({ team, sub, transferSub, at }) =>
    write((on) => on.apple.keepTransferSub({ team, sub }, transferSub, at)),
  receiveApplePerson: ({ from, to, address, at }) =>
    write((on) => on.apple.receive(from, to, address, at)),
  countAppleLinks: () => read((on) => on.apple.counts()),
});
