import { Problem } from '../../library/problem.ts';
import { send } from '../../library/send.ts';
import { recover, stopRecovery } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import { goodNews, notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { ready } from '../parts/ready.ts';
import { explainRefusal } from './explain-refusal.ts';

/** Where the link in the notice of a recovery leads. Opening it stops nothing; the button does. */
const token = location.hash.slice(1);
const submit = byId('submit');
const region = byId('notice');

if (!token) {
  submit.hidden = true;
  notice(region, { tone: 'error', text: recover.noLink });
}
ready();
// Another link to this page loads nothing by itself.
addEventListener('hashchange', () => location.reload());

submit.addEventListener('click', () =>
  perform(
    submit,
    region,
    async () => {
      await send('POST', '/api/recovery/veto', { token }).catch(showIfOver);
      showOnlyNotice();
      goodNews(region, stopRecovery.done);
    },
    explainRefusal({ challenge_invalid: stopRecovery.gone }),
  ),
);

function showOnlyNotice(): void {
  submit.hidden = true;
  byId('explanation').hidden = true;
}

function showIfOver(error: unknown): never {
  if (error instanceof Problem && error.code === 'challenge_invalid') {
    showOnlyNotice();
    byId('title').textContent = stopRecovery.goneTitle;
  }
  throw error;
}
