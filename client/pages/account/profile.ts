import { call } from '../../library/call.ts';
import { signalAfter } from '../../library/signal.ts';
import type { Signals, User } from '../../library/types.ts';
import { account } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import { nameFields } from '../parts/name-fields.ts';
import { goodNews } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { explainHere } from './explain.ts';
import { owner } from './owner.ts';

/** The person's names, shown as text until they ask to edit them. */
export function showProfile(): void {
  const shown = byId('profile-shown');
  const form = byId<HTMLFormElement>('profile-form');
  const username = byId<HTMLInputElement>('username');
  const displayName = byId<HTMLInputElement>('display-name');
  const edit = byId('edit-profile');
  const region = byId('profile-notice');
  const save = form.querySelector('[type=submit]') as HTMLElement;
  const fields = nameFields(username, displayName, region);

  // Without a name of their own the person goes by the user name.
  const isNamed = () => owner.user.displayName !== owner.user.username;

  const render = () => {
    byId('shown-name').textContent = owner.user.displayName;
    byId('shown-username').textContent = owner.user.username;
    byId('shown-username').hidden = !isNamed();
    byId('initial').textContent = [...owner.user.displayName][0] ?? '';
  };

  const setEditing = (editing: boolean) => {
    shown.hidden = editing;
    form.hidden = !editing;
    fields.forgive();
    if (editing) {
      username.value = owner.user.username;
      displayName.value = isNamed() ? owner.user.displayName : '';
      displayName.focus();
    } else edit.focus();
  };

  edit.addEventListener('click', () => setEditing(true));
  byId('cancel-profile').addEventListener('click', () => setEditing(false));
  form.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') setEditing(false);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const names = fields.read();
    if (!names) return;
    void perform(
      save,
      region,
      async (options) => {
        const signal = signalAfter();
        const change = { ...names, displayName: names.displayName || names.username };
        const path = '/api/account';
        const changed = await call<{ user: User; signals: Signals }>(
          'PATCH',
          path,
          change,
          options,
        ).catch((error) => {
          if (fields.explain(error)) return undefined;
          throw error;
        });
        if (!changed) return;
        owner.user = changed.user;
        render();
        setEditing(false);
        goodNews(region, account.changed);
        await signal(changed.signals);
      },
      explainHere(account.notChanged),
    );
  });
  render();
}
