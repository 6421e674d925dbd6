import { call } from '../../library/call.ts';
import { setPageOwner } from '../../library/page-owner.ts';
import { Problem } from '../../library/problem.ts';
import { signal } from '../../library/signal.ts';
import type { Session, Signals, User } from '../../library/types.ts';
import { vault } from '../../library/vault.ts';
import type { VaultState } from '../../vault/state.ts';
import { account, arrivals } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import { confirm } from '../parts/confirm.ts';
import { leaveNote, takeNote } from '../parts/note.ts';
import { notice } from '../parts/notice.ts';
import { pageData } from '../parts/page-data.ts';
import { perform } from '../parts/perform.ts';
import { ready } from '../parts/ready.ts';
import { showActivity } from './activity.ts';
import { type AppleState, showApple } from './apple.ts';
import { explainHere } from './explain.ts';
import { type MailAddress, showMailAddress } from './mail-address.ts';
import { startNotes } from './notes/notes.ts';
import { owner } from './owner.ts';
import { type Passkeys, showPasskeys, welcome } from './passkeys.ts';
import { type Pending, showPendingRecovery } from './pending-recovery.ts';
import { showProfile } from './profile.ts';
import { type RecoveryState, showRecoveryCode } from './recovery-code.ts';
import { letEndOthers, showSessions } from './sessions.ts';

/** The account page: names, passkeys, sessions, activity. It comes with its data and fetches after changes. */

const page = pageData<{
  session: { user: User };
  credentials: Passkeys;
  recovery: RecoveryState & { email: MailAddress; pending: Pending };
  mail: boolean;
  sessions: { sessions: Session[] };
  vault: { exists: boolean; state: VaultState | null } | null;
  apple: AppleState | null;
  said: string | null;
}>();

owner.user = page.session.user;
setPageOwner(owner.user.id);
// First, because it waits for what the page before has left.
if (page.vault) startNotes(page.vault);
const note = takeNote();
showProfile();
showPasskeys(page.credentials, note === 'backup-lost');
showRecoveryCode(page.recovery);
if (page.mail) showMailAddress(page.recovery.email);
showPendingRecovery(page.recovery.pending);
if (page.apple) showApple(page.apple, page.said);
showSessions(page.sessions.sessions);
letEndOthers();
showActivity();
notice(byId('page-notice'), {
  tone: note === 'account-changed' ? 'hint' : 'good',
  text: arrivals[note ?? ''] ?? '',
});
if (page.said === 'welcome') void welcome();
ready();

byId('sign-out').addEventListener('click', ({ currentTarget }) =>
  perform(
    currentTarget as HTMLElement,
    byId('sessions-notice'),
    async () => {
      await call('DELETE', '/api/session');
      vault.lock();
      leaveNote('signed-out');
      location.assign('/sign-in');
    },
    explainHere(),
  ),
);

byId('delete-account').addEventListener('click', ({ currentTarget }) =>
  perform(
    currentTarget as HTMLElement,
    byId('danger-notice'),
    async (options) => {
      const sure = await confirm({
        title: account.deleteTitle(owner.user.username),
        text: account.deleteText,
        yes: account.deleteAccount,
      });
      if (!sure) return;
      const path = '/api/account';
      const { signals } = await call<{ signals: Signals }>(
        'DELETE',
        path,
        undefined,
        options,
      ).catch(confirmWithApple);
      vault.lock();
      await signal(signals, 'deleted');
      leaveNote('account-deleted');
      location.assign('/sign-in');
    },
    explainHere(account.notDeleted),
  ),
);

/** Who has no passkey shows who they are at Apple, and then deletes the account. */
async function confirmWithApple(error: unknown): Promise<never> {
  if (error instanceof Problem && error.members['reason'] === 'apple') {
    const body = { purpose: 'sign-in' };
    const { url } = await call<{ url: string }>('POST', '/api/apple/authorize', body);
    leaveNote('confirmed-with-apple');
    location.assign(url);
    // The page goes on to Apple.
    await new Promise(() => {});
  }
  throw error;
}

// The browser kept this page and shows it again: meanwhile another person may have signed in.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
