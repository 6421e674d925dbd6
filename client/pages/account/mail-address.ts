import { call } from '../../library/call.ts';
import { Problem } from '../../library/problem.ts';
import { mailAddress as words } from '../../words/en.ts';
import type { Explanation } from '../../words/explain.ts';
import { showBreakable } from '../parts/breakable.ts';
import { byId } from '../parts/by-id.ts';
import { goodNews, notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { explainHere } from './explain.ts';

export type MailAddress = { address: string } | null;

/** The mail address of the account: it counts once its owner has typed the code that was sent to it. */
export function showMailAddress(known: MailAddress): void {
  const [change, remove] = [byId('change-email'), byId('remove-email')];
  const [form, codeForm] = [byId('email-form'), byId('email-code-form')];
  const address = byId<HTMLInputElement>('email-address');
  const code = byId<HTMLInputElement>('email-code');
  const region = byId('email-notice');
  let current = known;
  byId('email').hidden = false;

  const show = (open: HTMLElement | null) => {
    showBreakable(byId('email-state'), current ? words.is(current.address) : words.whatFor);
    change.textContent = current ? words.change : words.add;
    form.hidden = open !== form;
    codeForm.hidden = open !== codeForm;
    change.hidden = !!open;
    remove.hidden = !!open || !current;
    address.ariaInvalid = code.ariaInvalid = null;
  };

  const blame = (field: HTMLInputElement, own: Readonly<Record<string, string>>) => {
    return (error: unknown): Explanation => {
      const text = error instanceof Problem ? own[error.code] : undefined;
      if (text === undefined) return explainHere()(error);
      field.ariaInvalid = 'true';
      field.focus();
      return { tone: 'error', text };
    };
  };

  change.addEventListener('click', () => {
    show(form);
    notice(region);
    address.value = '';
    address.focus();
  });
  for (const id of ['email-cancel', 'email-code-cancel']) {
    byId(id).addEventListener('click', () => {
      show(null);
      notice(region);
      change.focus();
    });
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const email = address.value.trim();
    void perform(
      byId('email-send'),
      region,
      async (options) => {
        await call('PUT', '/api/recovery/email', { email }, options);
        show(codeForm);
        notice(region, words.sent(email));
        code.value = '';
        code.focus();
      },
      blame(address, { invalid_request: words.wrongAddress }),
    );
  });

  codeForm.addEventListener('submit', (event) => {
    event.preventDefault();
    void perform(
      byId('email-confirm'),
      region,
      async () => {
        await call('POST', '/api/recovery/email/verify', { code: code.value.trim() });
        current = { address: address.value.trim() };
        show(null);
        goodNews(region, words.confirmed);
        change.focus();
      },
      blame(code, { invalid_request: words.wrongCode, verification_failed: words.wrongCode }),
    );
  });

  remove.addEventListener('click', () =>
    perform(
      remove,
      region,
      async (options) => {
        await call('DELETE', '/api/recovery/email', undefined, options);
        current = null;
        show(null);
        goodNews(region, words.removed);
        change.focus();
      },
      explainHere(),
    ),
  );
  show(null);
}
