import { call } from '../../library/call.ts';
import type { Passkey } from '../../library/types.ts';
import { passkeys } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import type { clone } from '../parts/clone.ts';
import { notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';

/** Lets the person rename a passkey in its row: Return saves, Escape leaves it as it was. */
export function letRename(
  passkey: Passkey,
  root: HTMLElement,
  part: ReturnType<typeof clone>['part'],
  renamed: (passkey: Passkey) => void,
): void {
  const open = part('[data-action=rename]');
  const form = part<HTMLFormElement>('form');
  const input = part<HTMLInputElement>('input');
  const region = byId('passkeys-notice');
  open.ariaLabel = passkeys.renameNamed(passkey.name);

  const setEditing = (editing: boolean) => {
    root.toggleAttribute('data-editing', editing);
    form.hidden = !editing;
    notice(region);
    if (editing) {
      input.value = passkey.name;
      input.focus();
      input.select();
    } else open.focus();
  };
  open.addEventListener('click', () => setEditing(true));
  part('[data-action=cancel]').addEventListener('click', () => setEditing(false));
  form.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') setEditing(false);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void perform(part('[type=submit]'), region, async () => {
      const name = input.value.trim();
      if (!name || name === passkey.name) return setEditing(false);
      const path = `/api/credentials/${encodeURIComponent(passkey.id)}`;
      renamed(await call<Passkey>('PATCH', path, { name }));
    });
  });
}
