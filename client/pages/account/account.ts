import { call } from '../../library/call.ts';
import { setPageOwner } from '../../library/page-owner.ts';
import { signal } from '../../library/signal.ts';
import type { Session, Signals, User } from '../../library/types.ts';
import { account } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import { confirm } from '../parts/confirm.ts';
import { pageData } from '../parts/page-data.ts';
import { perform } from '../parts/perform.ts';
import { showActivity } from './activity.ts';
import { type Passkeys, showPasskeys } from './passkeys.ts';
import { showProfile } from './profile.ts';
import { showSessions } from './sessions.ts';

/** The account page: names, passkeys, sessions, activity. It comes with its data and fetches after changes. */

const page = pageData<{
  session: { user: User };
  credentials: Passkeys;
  sessions: { sessions: Session[] };
}>();

setPageOwner(page.session.user.id);
showProfile(page.session.user);
showPasskeys(page.credentials);
showSessions(page.sessions.sessions);
showActivity();

byId('sign-out').addEventListener('click', ({ currentTarget }) =>
  perform(currentTarget as HTMLElement, byId('sessions-notice'), async () => {
    await call('DELETE', '/api/session');
    location.assign('/sign-in');
  }),
);

byId('delete-account').addEventListener('click', ({ currentTarget }) =>
  perform(currentTarget as HTMLElement, byId('danger-notice'), async () => {
    const sure = await confirm({
      title: account.deleteTitle,
      text: account.deleteText,
      yes: account.deleteAccount,
    });
    if (!sure) return;
    const { signals } = await call<{ signals: Signals }>('DELETE', '/api/account');
    await signal(signals, 'deleted');
    location.assign('/sign-in');
  }),
);

// Kept by the browser and shown again: it may be another person's turn, or long ago.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
