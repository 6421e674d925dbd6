import { send } from '../../library/send.ts';
import type { User } from '../../library/types.ts';
import { readRecoveryCode, recoveryVerifier } from '../../vault/recovery-code.ts';
import { recover } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import { notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { showAddPasskey } from './add-passkey.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { Ways } from './recover-page.ts';

/** The recovery code never leaves this page: what is sent is a key that is derived from it. */
export function letUseCode(ways: Ways): void {
  const region = byId('notice');
  const [username, code] = [byId<HTMLInputElement>('username'), byId<HTMLInputElement>('code')];
  byId('code-title').hidden = byId('form').hidden = !ways.code;

  byId('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const [name, secret] = [username.value.trim(), readRecoveryCode(code.value)];
    username.ariaInvalid = name ? null : 'true';
    code.ariaInvalid = secret ? null : 'true';
    if (!name || !secret) {
      (name ? code : username).focus();
      notice(region, { tone: 'error', text: name ? recover.noCode : recover.noName });
      return;
    }
    void perform(
      byId('submit'),
      region,
      async () => {
        const verifier = await recoveryVerifier(secret);
        const body = { username: name, verifier };
        const opened = await send<{ user: User }>('POST', '/api/recovery/code/verify', body);
        showAddPasskey(opened.user);
      },
      explainRefusal({ verification_failed: recover.wrongCode }),
    );
  });
}
