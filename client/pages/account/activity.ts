import { call } from '../../library/call.ts';
import type { ActivityList } from '../../library/contract.ts';
import type { Activity } from '../../library/types.ts';
import { country } from '../../words/country.ts';
import { beginLine, moment } from '../../words/when.ts';
import { byId } from '../parts/by-id.ts';
import { clone } from '../parts/clone.ts';
import { perform } from '../parts/perform.ts';
import { tell } from './activity-words.ts';
import { explainHere } from './explain.ts';

/** As many as are read at a glance. */
const FIRST = 8;

/** What happened in the account lately: fetched when it is opened, the rest when it is asked for. */
export function showActivity(): void {
  const details = byId<HTMLDetailsElement>('activity-details');
  const list = byId('activity-list');
  const more = byId('more-activity');
  const withoutRoutine = byId<HTMLInputElement>('without-routine');
  /** Where the next page of the server's begins; null after the last one. */
  let next: string | null = null;

  const fetchPage = async () => {
    const query = new URLSearchParams({
      ...(next && { before: next }),
      ...(withoutRoutine.checked && { only: 'security' }),
    });
    const page = await call<ActivityList>('GET', `/api/activity?${query}`);
    next = page.next;
    return page.activity.flatMap(item);
  };

  const showFromTheStart = (button: HTMLElement) =>
    perform(
      button,
      byId('activity-notice'),
      async () => {
        next = null;
        const items = await fetchPage();
        for (const late of items.slice(FIRST)) late.hidden = true;
        list.replaceChildren(...items);
        more.hidden = items.length <= FIRST && next === null;
      },
      explainHere(),
    );

  const showMore = async () => {
    const late = [...list.querySelectorAll<HTMLElement>('[hidden]')];
    const shown = late.length ? late : await fetchPage();
    for (const each of shown) each.hidden = false;
    list.append(...shown);
    more.hidden = next === null;
    // The focus moves to the first new entry.
    const [first] = shown;
    if (!first) return;
    first.tabIndex = -1;
    first.focus();
  };

  details.addEventListener('toggle', () => {
    if (details.open) void showFromTheStart(byId('activity-summary'));
  });
  withoutRoutine.addEventListener('change', () => showFromTheStart(withoutRoutine));
  more.addEventListener('click', () =>
    perform(more, byId('activity-notice'), showMore, explainHere()),
  );
}

function item(entry: Activity): HTMLElement[] {
  const sentence = tell(entry);
  if (!sentence) return [];
  const { root, part } = clone('activity-item');
  part('.what').textContent = sentence;
  part('.time').textContent = beginLine(moment(entry.at));
  part('.device').textContent = entry.device ?? '';
  part('.place').textContent = country(entry.country);
  return [root];
}
