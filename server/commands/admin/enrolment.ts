import type { Enrolment } from '../../administration/enrolment.ts';
import type { InvitationFacts } from '../../administration/invitation.ts';
import { plain, time } from './print.ts';

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

export function invitationText({ username, link, expiresAt }: InvitationFacts): string {
  const account = username === null ? 'an account' : `the account ${username}`;
  return [
    plain(`Whoever opens this link may open ${account}, once, until ${time(expiresAt)}:`),
    link,
  ].join('\n');
}
