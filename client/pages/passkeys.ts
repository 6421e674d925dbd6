import { call } from '../call.ts';
import { register } from '../register.ts';
import { signal } from '../signal.ts';
import type { Passkey, Session, Signals } from '../types.ts';
import { byId } from './by-id.ts';
import { clone } from './clone.ts';
import { confirm } from './confirm.ts';
import { notice } from './notice.ts';
import { perform } from './perform.ts';
import { showSessions } from './sessions.ts';
import { when } from './when.ts';

/** The list of passkeys: add, rename in place, delete after a question. */
export function showPasskeys(passkeys: Passkey[]): void {
  render(passkeys);
  const add = byId('add-passkey');
  const region = byId('passkeys-notice');
  add.addEventListener('click', () =>
    perform(add, region, async () => {
      await register();
      await reload();
      notice(region, 'Your passkey was added.');
    }),
  );
}

async function reload(): Promise<void> {
  const { credentials } = await call<{ credentials: Passkey[] }>('GET', '/api/credentials');
  render(credentials);
}

function render(passkeys: Passkey[]): void {
  const only = passkeys.length === 1;
  byId('only-passkey').hidden = !only;
  byId('passkey-list').replaceChildren(...passkeys.map((passkey) => item(passkey, only)));
}

function item(passkey: Passkey, only: boolean): HTMLElement {
  const { root, part } = clone('passkey-item');
  const { createdAt, lastUsedAt } = passkey;
  const { icon, iconDark, name } = passkey.provider;
  if (icon) {
    part<HTMLImageElement>('img').src = icon;
    part<HTMLSourceElement>('source').srcset = iconDark ?? icon;
  } else part('picture').className = 'tile glyph-key';
  part('.name').textContent = passkey.name;
  // Without a picture the server knows no provider, and without a difference it says nothing new.
  part('.provider').textContent = icon && name !== passkey.name ? name : '';
  part('.standing').textContent = standing(passkey);
  part('.created').textContent = `Created ${when(createdAt)}`;
  part('.used').textContent = lastUsedAt ? `Last used ${when(lastUsedAt)}` : 'Not used yet';

  const remove = part('[data-action=delete]');
  remove.ariaLabel = `Delete ${passkey.name}`;
  remove.hidden = only;
  remove.addEventListener('click', () => void drop(passkey, root, remove));
  rename(passkey, root, part);
  return root;
}

const states: Readonly<Record<string, string>> = {
  superseded: 'Replaced by a newer one',
  'suspected-clone': 'It may have been copied',
};

/** What to know of the passkey first: what is wrong with it, else where it lives. */
function standing({ backedUp, kind, state }: Passkey): string {
  const alive = kind === 'passkey' ? 'Not synced yet' : 'Only on one device';
  return states[state] ?? (backedUp ? 'Synced' : alive);
}

function drop({ id, name }: Passkey, row: HTMLElement, button: HTMLElement): Promise<void> {
  const region = byId('passkeys-notice');
  return perform(button, region, async () => {
    const sure = await confirm({
      title: `Delete “${name}”?`,
      text: 'You can’t sign in with this passkey any more. Your device may go on showing it until you remove it there too.',
      yes: 'Delete',
    });
    if (!sure) return;
    const place = [...byId('passkey-list').children].indexOf(row);
    const path = `/api/credentials/${encodeURIComponent(id)}`;
    const { signals } = await call<{ signals: Signals }>('DELETE', path);
    await signal(signals);
    await reload();
    // The server has ended the sessions that this passkey opened elsewhere.
    showSessions((await call<{ sessions: Session[] }>('GET', '/api/sessions')).sessions);
    notice(region, `“${name}” was deleted.`);
    // The keyboard stays where it was, on the row that took the place of this one.
    const rows = [...byId('passkey-list').children];
    rows[Math.min(place, rows.length - 1)]?.querySelector('button')?.focus();
  });
}

function rename(passkey: Passkey, root: HTMLElement, part: ReturnType<typeof clone>['part']): void {
  const open = part('[data-action=rename]');
  const form = part<HTMLFormElement>('form');
  const input = part<HTMLInputElement>('input');
  const region = byId('passkeys-notice');
  open.ariaLabel = `Rename ${passkey.name}`;

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
      const renamed = await call<Passkey>('PATCH', path, { name });
      const only = byId('only-passkey').hidden === false;
      const fresh = item(renamed, only);
      root.replaceWith(fresh);
      fresh.querySelector<HTMLElement>('[data-action=rename]')?.focus();
    });
  });
}
