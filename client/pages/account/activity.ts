import { call } from '../../library/call.ts';
import type { Activity } from '../../library/types.ts';
import { country } from '../../words/country.ts';
import { beginLine, moment } from '../../words/when.ts';
import { byId } from '../parts/by-id.ts';
import { clone } from '../parts/clone.ts';
import { perform } from '../parts/perform.ts';
import { tell } from './activity-words.ts';

/** As many as are read at a glance. */
const FIRST = 8;

/** What happened in the account lately: fetched when it is opened, the rest shown when asked for. */
export function showActivity(): void {
  const details = byId<HTMLDetailsElement>('activity-details');
  const summary = byId('activity-summary');
  const list = byId('activity-list');
  const more = byId('more-activity');
  details.addEventListener('toggle', () => {
    if (!details.open) return;
    void perform(summary, byId('activity-notice'), async () => {
      const { activity } = await call<{ activity: Activity[] }>('GET', '/api/activity');
      const items = activity.flatMap(item);
      list.replaceChildren(...items);
      for (const late of items.slice(FIRST)) late.hidden = true;
      more.hidden = items.length <= FIRST;
    });
  });
  more.addEventListener('click', () => {
    const late = list.querySelectorAll<HTMLElement>('[hidden]');
    for (const each of late) each.hidden = false;
    more.hidden = true;
    // The button is gone; the keyboard goes on from where the list does.
    const [first] = late;
    if (!first) return;
    first.tabIndex = -1;
    first.focus();
  });
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
