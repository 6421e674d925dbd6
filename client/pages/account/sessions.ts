import { call } from '../../library/call.ts';
import type { Session } from '../../library/types.ts';
import { sessions } from '../../words/en.ts';
import { when } from '../../words/when.ts';
import { byId } from '../parts/by-id.ts';
import { clone } from '../parts/clone.ts';
import { notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';

/** Where the account is signed in; this device first, the others with a way to end them. */
export function showSessions(list: Session[]): void {
  const ordered = [...list].sort((a, b) => Number(b.current) - Number(a.current));
  byId('session-list').replaceChildren(...ordered.map(item));
}

function item({ id, device, current, authenticatedAt }: Session): HTMLElement {
  const { root, part } = clone('session-item');
  const name = device ?? sessions.unknownDevice;
  part('.name').textContent = name;
  part('.here').textContent = current ? sessions.here : '';
  part('.since').textContent = sessions.since(when(authenticatedAt));
  if (/iPhone|Android/.test(name)) part('.tile').className = 'tile glyph-phone';
  const end = part('[data-action=end]');
  end.hidden = current;
  end.ariaLabel = sessions.endNamed(name);
  const region = byId('sessions-notice');
  end.addEventListener('click', () =>
    perform(end, region, async () => {
      await call('DELETE', `/api/sessions/${encodeURIComponent(id)}`);
      const next = root.nextElementSibling?.querySelector('button') ?? byId('sign-out');
      root.remove();
      notice(region, sessions.ended(name));
      next.focus();
    }),
  );
  return root;
}
