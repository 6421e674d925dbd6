import { send } from '../../library/send.ts';
import type { User } from '../../library/types.ts';
import { recover } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import { notice } from '../parts/notice.ts';
import { pageData } from '../parts/page-data.ts';
import { perform } from '../parts/perform.ts';
import { ready } from '../parts/ready.ts';
import { showAddPasskey } from './add-passkey.ts';
import { explainRefusal } from './explain-refusal.ts';

/**
 * Where the link of an operator leads. The token stands behind `#`, which no server and no referrer sees, and
 * is used only once a person goes on: whatever else opens the link uses nothing up.
 */
const { session } = pageData<{ session: { user: User } | null }>();
const token = location.hash.slice(1);
const submit = byId('submit');
const region = byId('notice');

if (session) showAddPasskey(session.user);
else if (!token) {
  hideWhatIsOffered();
  notice(region, { tone: 'error', text: recover.noLink });
}
ready();
// If such a link is opened in this page, only the fragment changes, and browsers load nothing.
addEventListener('hashchange', () => location.reload());

submit.addEventListener('click', () =>
  perform(
    submit,
    region,
    async () => {
      const opened = await send<{ user: User }>('POST', '/api/enrolment', { token });
      showAddPasskey(opened.user);
    },
    (error) => {
      const said = explainRefusal({ challenge_invalid: recover.linkGone })(error);
      if (said.text === recover.linkGone) hideWhatIsOffered();
      return said;
    },
  ),
);

/** A link that does nothing offers nothing. */
function hideWhatIsOffered(): void {
  submit.hidden = byId('explanation').hidden = true;
}
