import { send } from '../../library/send.ts';
import { byMail } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import { goodNews, notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import type { Ways } from './recover-page.ts';

/** The answer is the same whether there is such an account or not, and so are the words. */
export function letAskForLink({ mail }: Ways): void {
  const region = byId('mail-notice');
  const field = byId<HTMLInputElement>('mail-name');
  byId('mail-title').hidden = byId('mail-form').hidden = !mail;

  byId('mail-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const name = field.value.trim();
    field.ariaInvalid = name ? null : 'true';
    if (!name) {
      field.focus();
      notice(region, { tone: 'error', text: byMail.noName });
      return;
    }
    void perform(byId('mail-submit'), region, async () => {
      const by = name.includes('@') ? { email: name } : { username: name };
      await send('POST', '/api/recovery/begin', by);
      goodNews(region, byMail.asked);
    });
  });
}
