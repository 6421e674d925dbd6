import { call } from '../../library/call.ts';
import { conditionalCreate } from '../../library/conditional-create.ts';
import { register } from '../../library/register.ts';
import type { Passkey, Session, Suggestion } from '../../library/types.ts';
import { appleAccount, passkeys } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import { goodNews } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { explainHere } from './explain.ts';
import { afterDeletion } from './notes/notes.ts';
import { passkeyItem } from './passkey-item.ts';
import { isWayIn } from './passkey-words.ts';
import { showSessions } from './sessions.ts';
import { forgetSuggestion, learnOfLostBackup, showOffer, showSuggestion } from './suggestion.ts';

export interface Passkeys {
  credentials: Passkey[];
  suggestion: Suggestion | null;
}

/** The list of passkeys and what is suggested about it: add, update, rename in place, delete. */
export function showPasskeys(list: Passkeys, backupLost: boolean): void {
  if (backupLost) learnOfLostBackup();
  render(list);
  for (const button of [byId('add-passkey'), byId('suggestion-accept')]) {
    button.addEventListener('click', () => add(button));
  }
}

/**
 * For who has just come with Apple: a passkey without asking, if the browser makes one; else it is offered. The user
 * name is theirs to choose.
 */
export async function welcome(): Promise<void> {
  showOffer(appleAccount.welcome);
  if (!(await conditionalCreate())) return;
  await reload();
  goodNews(region, passkeys.added);
}

const region = byId('passkeys-notice');
const rows = () => [...byId('passkey-list').children];

function add(button: HTMLElement): Promise<void> {
  return perform(
    button,
    region,
    async (options) => {
      await register({}, options);
      forgetSuggestion();
      await reload();
      goodNews(region, passkeys.added);
      // The suggestion may be gone, and the keyboard's focus with it.
      if (button.closest('[hidden]')) byId('add-passkey').focus();
    },
    explainHere(passkeys.notAdded),
  );
}

async function reload(): Promise<void> {
  render(await call<Passkeys>('GET', '/api/credentials'));
}

function render({ credentials, suggestion }: Passkeys): void {
  const single = credentials.filter(isWayIn).length === 1;
  const among = (passkey: Passkey) => ({
    isOnly: single && isWayIn(passkey),
    hasTwin: credentials.filter(({ name }) => name === passkey.name).length > 1,
  });
  const row = (passkey: Passkey) =>
    passkeyItem(passkey, among(passkey), {
      renamed(renamed) {
        const fresh = credentials.map((each) => (each === passkey ? renamed : each));
        render({ credentials: fresh, suggestion });
        rows()[fresh.indexOf(renamed)]?.querySelector<HTMLElement>('[data-action=rename]')?.focus();
      },
      async updated() {
        await reload();
        goodNews(region, passkeys.updated);
        byId('add-passkey').focus();
      },
      async deleted({ name }) {
        await reload();
        // The server has ended the sessions that this passkey opened elsewhere.
        showSessions((await call<{ sessions: Session[] }>('GET', '/api/sessions')).sessions);
        goodNews(region, passkeys.deleted(name));
        await afterDeletion().catch(() => {});
        // The focus moves to the row that took the place of this one.
        const next = Math.min(credentials.indexOf(passkey), rows().length - 1);
        rows()[next]?.querySelector<HTMLElement>('button:not([hidden])')?.focus();
      },
    });
  byId('only-passkey').hidden = !single;
  byId('passkey-list').replaceChildren(...credentials.map(row));
  showSuggestion(suggestion);
}
