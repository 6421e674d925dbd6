import { call } from '../../library/call.ts';
import { signalAfter } from '../../library/signal.ts';
import type { Passkey, Signals } from '../../library/types.ts';
import { upgrade } from '../../library/upgrade.ts';
import { passkeys } from '../../words/en.ts';
import { moment, when } from '../../words/when.ts';
import { byId } from '../parts/by-id.ts';
import { clone } from '../parts/clone.ts';
import { confirm } from '../parts/confirm.ts';
import { explainUpgrade } from '../parts/explain-upgrade.ts';
import { perform } from '../parts/perform.ts';
import { explainHere } from './explain.ts';
import { owner } from './owner.ts';
import { advise, lastUse, residence } from './passkey-words.ts';
import { letRename } from './rename-passkey.ts';

/** What the row has to know of the other rows. */
interface Among {
  /** It is the only way in, and so can't be deleted. */
  isOnly: boolean;
  /** Another one has the same name. */
  hasTwin: boolean;
}

/** What the list does when one of its passkeys has become another. */
interface List {
  renamed: (passkey: Passkey) => void;
  updated: () => Promise<void>;
  deleted: (passkey: Passkey) => Promise<void>;
}

/** One row of the list: the passkey in words, and what can be done with it. */
export function passkeyItem(passkey: Passkey, { isOnly, hasTwin }: Among, list: List): HTMLElement {
  const { root, part } = clone('passkey-item');
  const { provider, name } = passkey;
  // Of two with one name the day may be the same, too: then the minute tells them apart.
  const created = (hasTwin ? moment : when)(passkey.createdAt);
  const called = hasTwin ? passkeys.createdThen(name, created) : name;
  showPicture(provider, part);
  part('.name').textContent = name;
  // If there is no picture, the server doesn't know the provider; if the names are the same, it says nothing new.
  part('.provider').textContent = provider.icon && provider.name !== name ? provider.name : '';
  part('.residence').textContent = residence(passkey);
  part('.domain').textContent =
    passkey.upgrade?.reason === 'former-domain' ? passkeys.forDomain(passkey.rpId) : '';
  part('.here').textContent = passkey.current ? passkeys.openedSession : '';
  part('.created').textContent = passkeys.created(created);
  part('.used').textContent = lastUse(passkey);
  part('.advice').textContent = advise(passkey);
  part('[data-action=rename]').ariaLabel = passkeys.renameNamed(called);
  letUpdate(passkey, called, part('[data-action=update]'), list);
  letRename(passkey, root, part, list.renamed);
  letDelete(passkey, called, part('[data-action=delete]'), list);
  part('[data-action=delete]').hidden = isOnly;
  return root;
}

type Part = ReturnType<typeof clone>['part'];

function showPicture({ icon, iconDark }: Passkey['provider'], part: Part): void {
  const picture = part('picture');
  const showKey = () => {
    picture.replaceChildren();
    picture.className = 'tile glyph-key';
  };
  if (!icon) {
    showKey();
    return;
  }
  const image = part<HTMLImageElement>('img');
  image.addEventListener('error', showKey);
  part<HTMLSourceElement>('source').srcset = iconDark ?? icon;
  image.src = icon;
}

function letUpdate(
  { id, upgrade: better, current, state }: Passkey,
  called: string,
  button: HTMLElement,
  list: List,
): void {
  button.hidden = !(better && current && state === 'active');
  button.ariaLabel = passkeys.updateNamed(called);
  button.addEventListener('click', () =>
    perform(
      button,
      byId('passkeys-notice'),
      async (options) => {
        await upgrade(id, options);
        await list.updated();
      },
      explainUpgrade,
    ),
  );
}

function letDelete(passkey: Passkey, called: string, button: HTMLElement, list: List): void {
  button.ariaLabel = passkeys.deleteNamed(called);
  button.addEventListener('click', () =>
    perform(
      button,
      byId('passkeys-notice'),
      async (options) => {
        const sure = await confirm({
          title: passkeys.deleteTitle(called),
          text: passkeys.deleteText(owner.user.username),
          yes: passkeys.delete,
        });
        if (!sure) return;
        const signal = signalAfter();
        const path = `/api/credentials/${encodeURIComponent(passkey.id)}`;
        const { signals } = await call<{ signals: Signals }>('DELETE', path, undefined, options);
        await signal(signals);
        await list.deleted(passkey);
      },
      explainHere(passkeys.notDeleted),
    ),
  );
}
