import type { Enrolment } from '../../administration/enrolment.ts';
import type {
  InvitationMade,
  listInvitations,
  revokeInvitation,
} from '../../administration/invitation.ts';
import { type FactsOf, plain, table, time } from './print.ts';

export function enrolmentText({ account, created, link, expiresAt }: Enrolment): string {
  const { username } = account;
  return [
    ...(created ? [plain(`Made the account ${username}.`)] : []),
    plain(
      `Whoever opens this link may add a passkey to ${username}, once, until ${time(expiresAt)}:`,
    ),
    link,
  ].join('\n');
}

export function invitationText({ id, username, link, expiresAt }: InvitationMade): string {
  const account = username === null ? 'an account' : `the account ${username}`;
  return [
    plain(`Whoever opens this link may open ${account}, once, until ${time(expiresAt)}:`),
    link,
    plain(`To take it back: revoke-invitation ${id}`),
  ].join('\n');
}

export function invitationsText({ invitations, next }: FactsOf<typeof listInvitations>): string {
  const rows = invitations.map(({ id, username, expiresAt, operator }) => [
    time(expiresAt),
    username ?? '-',
    operator,
    id,
  ]);
  const more = next === null ? '' : `\n\nThere are more: --after ${plain(next)}`;
  return table(['EXPIRES', 'USER NAME', 'OPERATOR', 'ID'], rows) + more;
}

export function invitationRevokedText({ revoked }: FactsOf<typeof revokeInvitation>): string {
  return plain(`The invitation ${revoked} opens no account any more.`);
}
