import { pageData } from '../parts/page-data.ts';
import { ready } from '../parts/ready.ts';
import { showAddPasskey } from './add-passkey.ts';
import { letAskForLink } from './ask-for-link.ts';
import { letFollowLink } from './follow-link.ts';
import type { RecoverPage } from './recover-page.ts';
import { letUseCode } from './use-code.ts';

/** "Trouble signing in?": what helps in each case, the recovery code, and the way by mail. */
const { session, ways } = pageData<RecoverPage>();
const token = location.hash.slice(1);

letUseCode(ways);
letAskForLink(ways);
if (session) showAddPasskey(session.user);
else if (token && ways.mail) letFollowLink(token, ways);
ready();
// If such a link is opened in this page, only the fragment changes, and browsers load nothing.
addEventListener('hashchange', () => location.reload());
