import { call } from '../../library/call.ts';
import { appleAccount as words } from '../../words/en.ts';
import { when } from '../../words/when.ts';
import { showBreakable } from '../parts/breakable.ts';
import { byId } from '../parts/by-id.ts';
import { confirm } from '../parts/confirm.ts';
import { goodNews, notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { explainHere } from './explain.ts';

export interface AppleState {
  link: {
    state: 'active' | 'revoked';
    linkedAt: string;
    address: { email: string } | null;
  } | null;
}

/** The link with an Apple Account: made at Apple, ended here. */
export function showApple(state: AppleState, said: string | null): void {
  const [link, unlink] = [byId('link-apple'), byId('unlink-apple')];
  const region = byId('apple-notice');

  const render = ({ link: found }: AppleState) => {
    showBreakable(byId('apple-state'), textOf(found));
    unlink.hidden = !found;
    link.hidden = found?.state === 'active';
    link.textContent = found ? words.again : words.link;
  };

  link.addEventListener('click', () =>
    perform(
      link,
      region,
      async (options) => {
        const body = { purpose: 'link' };
        const { url } = await call<{ url: string }>('POST', '/api/apple/authorize', body, options);
        location.assign(url);
      },
      explainHere(),
    ),
  );
  unlink.addEventListener('click', () =>
    perform(
      unlink,
      region,
      async (options) => {
        const { unlinkTitle: title, unlinkText: text, unlink: yes } = words;
        if (!(await confirm({ title, text, yes }))) return;
        const ended = await call<{ revocation: 'requested' | 'in-settings' }>(
          'DELETE',
          '/api/apple',
          undefined,
          options,
        );
        render({ link: null });
        const byHand = ended.revocation === 'in-settings';
        if (byHand) notice(region, words.unlinkedHere);
        else goodNews(region, words.unlinked);
        link.focus();
      },
      explainHere(words.notUnlinked),
    ),
  );
  byId('apple').hidden = false;
  render(state);
  // What came of the way to Apple, in the words that any call's refusal has.
  if (said && said !== 'welcome') {
    const refusal = Object.assign(new Error(), { code: said });
    notice(region, explainHere()(refusal));
  }
}

function textOf(link: AppleState['link']): string {
  if (!link) return words.whatFor;
  if (link.state === 'revoked') return words.revoked;
  const day = when(link.linkedAt);
  return link.address ? words.linkedAs(link.address.email, day) : words.linked(day);
}
