import { call } from '../../library/call.ts';
import { signalAfter } from '../../library/signal.ts';
import type { Passkey, Signals } from '../../library/types.ts';
import { upgrade } from '../../library/upgrade.ts';
import { passkeys } from '../../words/en.ts';
import { when } from '../../words/when.ts';
import { byId } from '../parts/by-id.ts';
import { clone } from '../parts/clone.ts';
import { confirm } from '../parts/confirm.ts';
import { explainUpgrade } from '../parts/explain-upgrade.ts';
import { perform } from '../parts/perform.ts';
import { advise, lastUse, residence } from './passkey-words.ts';
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
    passkey.upgrade?.reason === 'former-domain' ? passkeys.forDomain(passkey.rpId) : '';
  part('.here').textContent = passkey.current ? passkeys.openedSession : '';
  part('.created').textContent = passkeys.created(when(passkey.createdAt));
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
  button.ariaLabel = passkeys.updateNamed(name);
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
  button.ariaLabel = passkeys.deleteNamed(name);
  button.hidden = isOnly;
  button.addEventListener('click', () =>
    perform(button, byId('passkeys-notice'), async () => {
      const sure = await confirm({
        title: passkeys.deleteTitle(name),
        text: passkeys.deleteText,
        yes: passkeys.delete,
      });
      if (!sure) return;
      const path = `/api/credentials/${encodeURIComponent(id)}`;
      const signal = signalAfter();
      const { signals } = await call<{ signals: Signals }>('DELETE', path);
      await signal(signals);
      await list.deleted(passkey);
    }),
  );
}
