import { call } from '../../library/call.ts';
import { mailAddress as words } from '../../words/en.ts';
import { moment } from '../../words/when.ts';
import { byId } from '../parts/by-id.ts';
import { goodNews } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { explainHere } from './explain.ts';

export type Pending = { opensAt: string } | null;

/** Somebody waits to get into the account by mail: whoever is signed in here can stop it. */
export function showPendingRecovery(pending: Pending): void {
  if (!pending) return;
  const [panel, stop, region] = [
    byId('pending-recovery'),
    byId('stop-recovery'),
    byId('page-notice'),
  ];
  panel.hidden = false;
  byId('pending-text').textContent = words.pending(moment(pending.opensAt));
  stop.addEventListener('click', () =>
    perform(
      stop,
      region,
      async () => {
        await call('DELETE', '/api/recovery/pending');
        panel.hidden = true;
        goodNews(region, words.stopped);
      },
      explainHere(),
    ),
  );
}
