import { call } from '../../library/call.ts';
import { Problem } from '../../library/problem.ts';
import { signalAfter } from '../../library/signal.ts';
import type { Signals, User } from '../../library/types.ts';
import { byId } from '../parts/by-id.ts';
import { notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';

/** The person's names, shown as text until they ask to edit them. */
export function showProfile(user: User): void {
  let current = user;
  const shown = byId('profile-shown');
  const form = byId<HTMLFormElement>('profile-form');
  const username = byId<HTMLInputElement>('username');
  const displayName = byId<HTMLInputElement>('display-name');
  const edit = byId('edit-profile');
  const region = byId('profile-notice');
  const save = form.querySelector('[type=submit]') as HTMLElement;

  // Without a name of their own the person goes by the user name.
  const named = () => current.displayName !== current.username;

  const render = () => {
    byId('shown-name').textContent = current.displayName;
    byId('shown-username').textContent = current.username;
    byId('shown-username').hidden = !named();
    byId('initial').textContent = [...current.displayName][0] ?? '';
  };

  const setEditing = (editing: boolean) => {
    shown.hidden = editing;
    form.hidden = !editing;
    username.ariaInvalid = null;
    notice(region);
    if (editing) {
      username.value = current.username;
      displayName.value = named() ? current.displayName : '';
      displayName.focus();
    } else edit.focus();
  };

  edit.addEventListener('click', () => setEditing(true));
  byId('cancel-profile').addEventListener('click', () => setEditing(false));
  form.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') setEditing(false);
  });
  username.addEventListener('input', () => {
    username.ariaInvalid = null;
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void perform(save, region, async () => {
      try {
        const name = username.value.trim();
        const signal = signalAfter();
        const changed = await call<{ user: User; signals: Signals }>('PATCH', '/api/account', {
          username: name,
          displayName: displayName.value.trim() || name,
        });
        current = changed.user;
        render();
        setEditing(false);
        await signal(changed.signals);
      } catch (error) {
        if (
          error instanceof Problem &&
          (error.code === 'username_taken' || error.code === 'invalid_request')
        ) {
          username.ariaInvalid = 'true';
          username.focus();
        }
        throw error;
      }
    });
  });
  render();
}
