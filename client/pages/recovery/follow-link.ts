import { send } from '../../library/send.ts';
import type { User } from '../../library/types.ts';
import { readRecoveryCode, recoveryVerifier } from '../../vault/recovery-code.ts';
import { byMail, recover } from '../../words/en.ts';
import { moment } from '../../words/when.ts';
import { byId } from '../parts/by-id.ts';
import { notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { showAddPasskey } from './add-passkey.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { Ways } from './recover-page.ts';

type Followed = { user: User } | { opensAt: string };

/**
 * The link of a mail was opened. It stands behind `#`, which no server and no referrer sees, and is used only once a
 * person goes on: whatever else opens it uses nothing up.
 */
export function letFollowLink(token: string, { waitDays }: Ways): void {
  const [region, text] = [byId('link-notice'), byId('link-text')];
  const code = byId<HTMLInputElement>('link-code');
  const canWait = waitDays !== null;
  byId('title').textContent = byMail.title;
  document.title = document.title.replace(/^[^–]+/, `${byMail.title} `);
  byId('ways').hidden = true;
  byId('link').hidden = byId('link-code-group').hidden = false;
  text.textContent = canWait ? byMail.codeOrWait(waitDays) : byMail.needsCode;

  byId('link-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const secret = readRecoveryCode(code.value);
    const isMissing = !secret && (!canWait || !!code.value.trim());
    code.ariaInvalid = isMissing ? 'true' : null;
    if (isMissing) {
      code.focus();
      notice(region, { tone: 'error', text: recover.noCode });
      return;
    }
    void perform(
      byId('link-submit'),
      region,
      async () => {
        const verifier = secret ? await recoveryVerifier(secret) : undefined;
        const followed = await send<Followed>('POST', '/api/recovery/link', { token, verifier });
        if ('opensAt' in followed) showWait(followed.opensAt);
        else {
          byId('link').hidden = true;
          showAddPasskey(followed.user);
        }
      },
      (error) => {
        const said = explainRefusal({
          challenge_invalid: byMail.notHere,
          verification_failed: byMail.wrongCode,
        })(error);
        // Whoever came with a link that does nothing can ask for another one at once.
        byId('ways').hidden = said.text !== byMail.notHere;
        return said;
      },
    );
  });

  function showWait(opensAt: string): void {
    byId('link-form').hidden = true;
    text.textContent = byMail.waits(moment(opensAt));
    text.tabIndex = -1;
    text.focus();
  }
}
