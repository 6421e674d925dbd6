import { call } from '../library/call.ts';
import type { Session } from '../library/types.ts';
import { when } from '../words/when.ts';
import { byId } from './by-id.ts';
import { clone } from './clone.ts';
import { notice } from './notice.ts';
import { perform } from './perform.ts';

/** Where the account is signed in; this device first, the others with a way to end them. */
export function showSessions(sessions: Session[]): void {
  const ordered = [...sessions].sort((a, b) => Number(b.current) - Number(a.current));
  byId('session-list').replaceChildren(...ordered.map(item));
}

function item({ id, device, current, authenticatedAt }: Session): HTMLElement {
  const { root, part } = clone('session-item');
  const name = device ?? 'Unknown device';
  part('.name').textContent = name;
  part('.here').textContent = current ? 'This device' : '';
  part('.since').textContent = `Signed in ${when(authenticatedAt)}`;
  if (/iPhone|Android/.test(name)) part('.tile').className = 'tile glyph-phone';
  const end = part('[data-action=end]');
  end.hidden = current;
  end.ariaLabel = `Sign out ${name}`;
  const region = byId('sessions-notice');
  end.addEventListener('click', () =>
    perform(end, region, async () => {
      await call('DELETE', `/api/sessions/${encodeURIComponent(id)}`);
      const next = root.nextElementSibling?.querySelector('button') ?? byId('sign-out');
      root.remove();
      notice(region, `${name} was signed out.`);
      next.focus();
    }),
  );
  return root;
}
