import { call } from '../library/call.ts';
import { signal } from '../library/signal.ts';
import type { Passkey, Signals } from '../library/types.ts';
import { upgrade } from '../library/upgrade.ts';
import { explainUpgrade } from '../words/explain-upgrade.ts';
import { advise, lastUse, residence } from '../words/passkey-words.ts';
import { when } from '../words/when.ts';
import { byId } from './by-id.ts';
import { clone } from './clone.ts';
import { confirm } from './confirm.ts';
import { perform } from './perform.ts';
import { letRename } from './rename-passkey.ts';

/** What the list does when one of its passkeys has become another. */
export interface List {
  renamed: (passkey: Passkey) => void;
  updated: () => Promise<void>;
  deleted: (passkey: Passkey) => Promise<void>;
}

/** One row of the list: the passkey in words, and what can be done with it. */
export function passkeyItem(passkey: Passkey, isOnly: boolean, list: List): HTMLElement {
  const { root, part } = clone('passkey-item');
  const { provider, name } = passkey;
  showPicture(provider, part);
  part('.name').textContent = name;
  // Without a picture the server knows no provider, and without a difference it says nothing new.
  part('.provider').textContent = provider.icon && provider.name !== name ? provider.name : '';
  part('.residence').textContent = residence(passkey);
  part('.domain').textContent =
    passkey.upgrade?.reason === 'former-domain' ? `For ${passkey.rpId}` : '';
  part('.here').textContent = passkey.current ? 'You are signed in with this one' : '';
  part('.created').textContent = `Created ${when(passkey.createdAt)}`;
  part('.used').textContent = lastUse(passkey);
  part('.advice').textContent = advise(passkey);
  letUpdate(passkey, part('[data-action=update]'), list);
  letRename(passkey, root, part, list.renamed);
  letDelete(passkey, part('[data-action=delete]'), isOnly, list);
  return root;
}

type Part = ReturnType<typeof clone>['part'];

function showPicture({ icon, iconDark }: Passkey['provider'], part: Part): void {
  if (icon) {
    part<HTMLImageElement>('img').src = icon;
    part<HTMLSourceElement>('source').srcset = iconDark ?? icon;
  } else part('picture').className = 'tile glyph-key';
}

function letUpdate({ id, name, ...passkey }: Passkey, button: HTMLElement, list: List): void {
  button.hidden = !(passkey.upgrade && passkey.current && passkey.state === 'active');
  button.ariaLabel = `Update ${name}`;
  button.addEventListener('click', () =>
    perform(
      button,
      byId('passkeys-notice'),
      async () => {
        await upgrade(id);
        await list.updated();
      },
      explainUpgrade,
    ),
  );
}

function letDelete(passkey: Passkey, button: HTMLElement, isOnly: boolean, list: List): void {
  const { id, name } = passkey;
  button.ariaLabel = `Delete ${name}`;
  button.hidden = isOnly;
  button.addEventListener('click', () =>
    perform(button, byId('passkeys-notice'), async () => {
      const sure = await confirm({
        title: `Delete “${name}”?`,
        text: 'You can’t sign in with this passkey any more. Your device may go on showing it until you remove it there too.',
        yes: 'Delete',
      });
      if (!sure) return;
      const path = `/api/credentials/${encodeURIComponent(id)}`;
      const { signals } = await call<{ signals: Signals }>('DELETE', path);
      await signal(signals);
      await list.deleted(passkey);
    }),
  );
}
