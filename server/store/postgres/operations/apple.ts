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
import type { Statements } from '../connections.ts';
import { settleAll } from '../settle-all.ts';
import type { Access } from '../transactions.ts';

interface Found {
  readonly link: AppleLink;
  readonly user: User;
  readonly transferred: boolean;
}

/**
 * The link of the person who came, and the account, which is held until the transaction ends. Whom another team
 * handed over is linked with this one, too.
 */
async function findAndHold(on: Statements, arrival: AppleArrival): Promise<Found | null> {
  const { teams, sub, transferSub } = arrival;
  const known = await on.apple.find(teams, sub);
  const handedOver =
    known || transferSub === null ? undefined : await on.apple.findHandedOver(transferSub);
  const link = known ?? handedOver;
  if (link === undefined || !(await on.users.hold(link.userId))) return null;
  if (handedOver !== undefined) await on.apple.insert(newLink(link.userId, arrival));
  // What it was when it was looked for, somebody else may have changed until the account was held.
  const held = await on.apple.find(teams, sub);
  const user = await on.users.find(link.userId);
  const isSame = held?.userId === link.userId && user !== null;
  return isSame ? { link: held, user, transferred: handedOver !== undefined } : null;
}

/** A new account, unless somebody else linked the person meanwhile: then nothing is left of it. */
async function open(
  on: Statements,
  { arrival, newcomer, invitation, admit }: Parameters<AppleStore['completeAppleSignIn']>[0],
): Promise<Found | null> {
  const user: User = { ...newcomer.user, disabledAt: null, policy: null };
  admit(user, []);
  await on.users.insert(newcomer.user, newcomer.usernameKey);
  const link = newLink(user.id, arrival);
  if (await on.apple.insert(link)) {
    // Whoever comes to an account that is there by now has not used it.
    if (invitation !== undefined) await on.invitations.use(invitation.tokenHash, invitation.now);
    return { link, user, transferred: false };
  }
  await on.users.remove(user.id);
  return null;
}

async function come(
  on: Statements,
  input: Parameters<AppleStore['completeAppleSignIn']>[0],
): Promise<Coming> {
  const found = await findAndHold(on, input.arrival);
  const opened = found === null ? await open(on, input) : null;
  const { link, user, transferred } =
    found ?? opened ?? (await findAndHold(on, input.arrival)) ?? overtaken();
  if (opened === null) {
    if (user.disabledAt !== null) throw new RpError('account_disabled');
    input.admit(user, await on.credentials.list(user.id));
  }
  const returned = link.state === 'revoked';
  const addressChanged = await on.apple.arrive(link, input.arrival);
  return { user, created: opened !== null, transferred, returned, addressChanged };
}

/** The account came and went while the transaction ran. */
function overtaken(): never {
  throw new RpError('unavailable', { detail: 'the link with Apple changes right now' });
}

/** Queues every refresh token of the account to be revoked, and ends its links. After the account is held. */
export async function endAppleLinks(on: Statements, userId: string, at: number): Promise<AppleEnd> {
  const links = await on.apple.ofUser(userId);
  const tokens = await settleAll(links.map((link) => on.apple.tokensOf(link)));
  const messages = tokens.flat().map((token) => revocationOf(userId, token, at));
  await on.outbox.add(messages);
  return { links: await on.apple.removeAll(userId), tokens: messages.length };
}

async function endSessions(on: Statements, userId: string, keep: string): Promise<void> {
  await on.apple.endSessions(userId, keep);
  await on.oidc.noteEnds(userId);
}

async function apply(
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
): Promise<{ outcome: AppleEventOutcome; userId: string }> {
  const none = (outcome: AppleEventOutcome) => ({ outcome, userId: '' });
  if (!(await on.apple.noteNotification(jti, expiresAt))) return none('repeated');
  const seen = await on.apple.find(teams, sub);
  if (seen === undefined || !(await on.users.hold(seen.userId))) return none('unknown');
  const link = await on.apple.find(teams, sub);
  if (link?.userId !== seen.userId) return none('unknown');
  const { userId } = link;
  switch (event.type) {
    case 'email-disabled':
    case 'email-enabled':
      if (!(await on.apple.setForwarding(link, event, eventAt))) return none('overtaken');
      break;
    case 'consent-revoked':
      if (!(await on.apple.revoke(link, at, eventAt))) return none('overtaken');
      await endSessions(on, userId, '');
      break;
    case 'account-deleted':
      if (await on.apple.isOvertaken(link, eventAt)) return none('overtaken');
      await on.apple.removeAll(userId);
      await endSessions(on, userId, '');
      break;
  }
  return { outcome: 'applied', userId };
}

/** Reads that see each other's tables: in one transaction. */
const repeatable = { repeatable: true };

export const appleOperations = ({ read, write, ceremony }: Access): AppleStore => ({
  findAppleLinks: (userId) =>
    read(async (on) =>
      settleAll(
        (await on.apple.ofUser(userId)).map(async (link) => {
          const [addresses, tokens] = await settleAll([
            on.apple.addresses(link),
            on.apple.tokensOf(link),
          ]);
          return { link, addresses, tokens: tokens.length };
        }),
      ),
    ),
  completeAppleSignIn: async (input) => {
    const { arrival, nonce, replaces } = input;
    const completed = await ceremony(nonce, async (on, spending) => {
      await on.nonces.spend(spending);
      const coming = await come(on, input);
      const { session, audit } = input.open(coming);
      await settleAll([
        on.sessions.endReplaced(replaces?.id ?? null),
        on.sessions.open(session),
        replaces !== null && replaces.userId !== session.userId
          ? on.oidc.noteEnds(replaces.userId)
          : undefined,
        on.audit.note(audit),
      ]);
      return coming.user;
    });
    if (completed !== undefined) return completed;
    // An attempt whose answer was lost had completed it.
    const link = await read((on) => on.apple.find(arrival.teams, arrival.sub));
    const user = link && (await read((on) => on.users.find(link.userId)));
    return user ?? overtaken();
  },
  linkApple: async ({ nonce, userId, sessionId, arrival, audit }) => {
    await ceremony(nonce, async (on, spending) => {
      await settleAll([
        on.nonces.spend(spending),
        on.users.holdOrRefuse(userId),
        on.sessions.holdOrRefuse(userId, sessionId),
      ]);
      const { teams, sub, transferSub } = arrival;
      const find = () => on.apple.find(teams, sub);
      const handedOver =
        transferSub === null ? undefined : await on.apple.findHandedOver(transferSub);
      const found = (await find()) ?? handedOver;
      refuseOtherLinks(userId, arrival, found, await on.apple.ofUser(userId));
      if (found === undefined || found === handedOver)
        await on.apple.insert(newLink(userId, arrival));
      // Somebody who linked the person elsewhere meanwhile was first.
      const link = await find();
      refuseOtherLinks(userId, arrival, link, []);
      if (link !== undefined) await on.apple.arrive(link, arrival);
      await on.audit.note(audit);
    });
  },
  unlinkApple: ({ userId, keepOneOf, keepSession, at, audit }) =>
    write(async (on) => {
      if (!(await on.users.hold(userId))) throw new RpError('not_found');
      const end = await endAppleLinks(on, userId, at);
      if (end.links === 0) throw new RpError('not_found');
      await on.credentials.refuseNone(userId, keepOneOf);
      await endSessions(on, userId, keepSession);
      await on.audit.note(audit);
      return end;
    }),
  applyAppleNotification: (input) =>
    write(async (on) => {
      const { outcome, userId } = await apply(on, input);
      if (outcome === 'applied') await on.audit.note(input.audit(userId));
      return outcome;
    }, repeatable),

  takeAppleChecks: (now, until) => write((on) => on.apple.takeChecks(now, until)),
  noteAppleCheck: ({ team, sub, userId, takenAt, dueAt, gone, resealed, isValid, audit }) =>
    write(async (on) => {
      if (!(await on.users.hold(userId))) return;
      const lastUsedAt = await on.apple.settleCheck({ team, sub }, { gone, resealed, dueAt });
      if (isValid || lastUsedAt === null || lastUsedAt >= takenAt) return;
      await endSessions(on, userId, '');
      await on.audit.note(audit);
    }),

  listAppleLinks: (team, after, limit) => read((on) => on.apple.list(team, after, limit)),
  keepTransferSub: ({ team, sub, transferSub, at }) =>
    write((on) => on.apple.keepTransferSub({ team, sub }, transferSub, at), repeatable),
  receiveApplePerson: ({ from, to, address, at }) =>
    write(async (on) => {
      const seen = await on.apple.find([from.team], from.sub);
      if (seen === undefined || !(await on.users.hold(seen.userId))) return false;
      const link = await on.apple.find([from.team], from.sub);
      return link?.userId === seen.userId && on.apple.receive(link, to, address, at);
    }),
  countAppleLinks: () => read((on) => on.apple.counts()),
});
