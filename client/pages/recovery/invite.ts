import { handOver } from '../../library/hand-over.ts';
import { register } from '../../library/register.ts';
import { send } from '../../library/send.ts';
import { createAccount, invitationProblems, invitedNameTaken, recover } from '../../words/en.ts';
import { explain } from '../../words/explain.ts';
import { byId } from '../parts/by-id.ts';
import { nameFields } from '../parts/name-fields.ts';
import { notice } from '../parts/notice.ts';
import { pageData } from '../parts/page-data.ts';
import { perform } from '../parts/perform.ts';
import { ready } from '../parts/ready.ts';
import { explainRefusal } from './explain-refusal.ts';

/**
 * Where an invitation leads: a new account. The token stands behind `#`, which no server and no referrer sees; only
 * the passkey of the new account uses it up.
 */
const KEPT = 'latchkey-invitation';
const invitation = location.hash.slice(1) || keptInvitation();
const { said } = pageData<{ said: string | null }>();
const form = byId('form');
const submit = byId('submit');
const region = byId('notice');
const username = byId<HTMLInputElement>('username');
const fields = nameFields(username, byId<HTMLInputElement>('display-name'), region);
const explainInvitation = explainRefusal({
  ...invitationProblems,
  username_taken: invitedNameTaken,
});

/** Null if Sign in with Apple is off. */
const apple = document.getElementById('apple');
apple?.addEventListener('click', (event) => {
  event.preventDefault();
  void perform(apple, region, goToApple, explainInvitation);
});
void showInvitation().then(ready);
// If such a link is opened in this page, only the fragment changes, and browsers load nothing.
addEventListener('hashchange', () => location.reload());

/** The name that the account gets, if it is settled. */
async function showInvitation(): Promise<void> {
  if (!invitation) return refuse(recover.noLink);
  try {
    const body = { token: invitation };
    const found = await send<{ username: string | null }>('POST', '/api/invitation', body);
    username.value = found.username ?? '';
    username.readOnly = found.username !== null;
    const text = document.querySelector(`[data-said=${said}]`)?.textContent;
    if (text) notice(region, { tone: 'error', text });
  } catch (error) {
    const { text } = explainInvitation(error);
    refuse(text);
  }
}

/** The link of the button knows nothing of the invitation. */
async function goToApple(): Promise<void> {
  const body = { purpose: 'sign-in', invitation };
  const { url } = await send<{ url: string }>('POST', '/api/apple/authorize', body);
  keepInvitation();
  location.assign(url);
}

/** A link that does nothing asks for nothing. */
function refuse(text: string): void {
  byId('fields').hidden = submit.hidden = byId('explanation').hidden = true;
  if (apple) apple.hidden = true;
  notice(region, { tone: 'error', text });
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  fields.forgive();
  const names = fields.read();
  if (!names) return;
  const { username: name, displayName } = names;
  void perform(
    submit,
    region,
    async () => {
      try {
        await register({ username: name, ...(displayName && { displayName }), invitation });
      } catch (error) {
        // A name that is settled can't be mended here.
        if (username.readOnly || !fields.explain(error)) throw error;
        return;
      }
      await handOver();
      location.assign('/account');
    },
    (error) =>
      error instanceof DOMException
        ? explain(error, createAccount.cancelled)
        : explainInvitation(error),
  );
});

/** Whoever comes back from Apple, where they cancelled, comes without the token: the tab has kept it. */
function keepInvitation(): void {
  try {
    sessionStorage.setItem(KEPT, invitation);
  } catch {
    // Then the link has to be opened once more.
  }
}

function keptInvitation(): string {
  try {
    const kept = sessionStorage.getItem(KEPT) ?? '';
    sessionStorage.removeItem(KEPT);
    if (kept) history.replaceState(null, '', `#${kept}`);
    return kept;
  } catch {
    return '';
  }
}
