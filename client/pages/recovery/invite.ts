import { handOver } from '../../library/hand-over.ts';
import { register } from '../../library/register.ts';
import { send } from '../../library/send.ts';
import { createAccount, invitationProblems, invitedNameTaken, recover } from '../../words/en.ts';
import { explain } from '../../words/explain.ts';
import { byId } from '../parts/by-id.ts';
import { nameFields } from '../parts/name-fields.ts';
import { notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { ready } from '../parts/ready.ts';
import { explainRefusal } from './explain-refusal.ts';

/**
 * Where an invitation leads: a new account. The token stands behind `#`, which no server and no referrer sees; only
 * the passkey of the new account uses it up.
 */
const invitation = location.hash.slice(1);
const form = byId('form');
const submit = byId('submit');
const region = byId('notice');
const username = byId<HTMLInputElement>('username');
const fields = nameFields(username, byId<HTMLInputElement>('display-name'), region);
const explainInvitation = explainRefusal({
  ...invitationProblems,
  username_taken: invitedNameTaken,
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
  } catch (error) {
    const { text } = explainInvitation(error);
    refuse(text);
  }
}

function refuse(text: string): void {
  submit.hidden = true;
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
