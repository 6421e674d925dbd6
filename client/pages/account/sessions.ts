import { call } from '../../library/call.ts';
import type { SessionList } from '../../library/contract.ts';
import type { Session } from '../../library/types.ts';
import { sessions } from '../../words/en.ts';
import { moment, when } from '../../words/when.ts';
import { byId } from '../parts/by-id.ts';
import { clone } from '../parts/clone.ts';
import { confirm } from '../parts/confirm.ts';
import { goodNews } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { explainHere } from './explain.ts';
import { owner } from './owner.ts';

/** Where the account is signed in; this device first, the others with a way to end them. */
export function showSessions(list: Session[]): void {
  const ordered = [...list].sort((a, b) => Number(b.current) - Number(a.current));
  const hasTwin = ({ device }: Session) => list.filter((each) => each.device === device).length > 1;
  byId('session-list').replaceChildren(...ordered.map((each) => item(each, hasTwin(each))));
  byId('sign-out-others').hidden = list.length < 2;
}

/** "Sign out everywhere else". */
export function letEndOthers(): void {
  const button = byId('sign-out-others');
  const region = byId('sessions-notice');
  button.addEventListener('click', () =>
    perform(
      button,
      region,
      async () => {
        const sure = await confirm({
          title: sessions.endOthersTitle,
          text: sessions.endOthersText(owner.user.username),
          yes: sessions.endOthers,
        });
        if (!sure) return;
        await call('DELETE', '/api/sessions');
        showSessions((await call<SessionList>('GET', '/api/sessions')).sessions);
        goodNews(region, sessions.othersEnded);
        byId('sign-out').focus();
      },
      explainHere(),
    ),
  );
}

function item({ id, device, current, authenticatedAt }: Session, hasTwin: boolean): HTMLElement {
  const { root, part } = clone('session-item');
  const name = device ?? sessions.unknownDevice;
  // Of two like devices the day may be the same, too: then the minute tells them apart.
  const since = sessions.since((hasTwin ? moment : when)(authenticatedAt));
  const called = hasTwin ? sessions.signedInThen(name, moment(authenticatedAt)) : name;
  part('.name').textContent = name;
  part('.here').textContent = current ? sessions.here : '';
  part('.since').textContent = since;
  if (/iPhone|Android/.test(name)) part('.tile').className = 'tile glyph-phone';
  const end = part('[data-action=end]');
  end.hidden = current;
  end.ariaLabel = sessions.endNamed(called);
  const region = byId('sessions-notice');
  end.addEventListener('click', () =>
    perform(
      end,
      region,
      async () => {
        await call('DELETE', `/api/sessions/${encodeURIComponent(id)}`);
        const next = root.nextElementSibling?.querySelector('button') ?? byId('sign-out');
        root.remove();
        byId('sign-out-others').hidden = byId('session-list').children.length < 2;
        goodNews(region, sessions.ended(name));
        next.focus();
      },
      explainHere(),
    ),
  );
  return root;
}
