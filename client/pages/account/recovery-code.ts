import type { ForVault } from '../../library/account-vault.ts';
import { vault } from '../../library/vault.ts';
import { newRecoveryCode } from '../../vault/recovery-code.ts';
import { recoveryCode as words } from '../../words/en.ts';
import { when } from '../../words/when.ts';
import { byId } from '../parts/by-id.ts';
import { goodNews, notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';

export interface RecoveryState {
  code: { createdAt: string } | null;
}

/** Which words tell of a code that was kept, by what it does for the notes. */
const outcomes = {
  opened: 'keptForNotes',
  closed: 'keptWithoutNotes',
  missing: 'kept',
} as const satisfies Record<ForVault, string>;

/**
 * The recovery code of the account. A new one is shown once, and counts from when its owner has typed its end:
 * until then the one before goes on working. The code stays in this page, and a key derived from it is sent. It opens
 * the private notes, too.
 */
export function showRecoveryCode(state: RecoveryState): void {
  const make = byId('make-recovery-code');
  const form = byId<HTMLFormElement>('recovery-form');
  const shown = byId('recovery-code');
  const typed = byId<HTMLInputElement>('recovery-end');
  const region = byId('recovery-notice');

  const render = ({ code }: RecoveryState) => {
    byId('recovery-state').textContent = code ? words.madeOn(when(code.createdAt)) : words.whatFor;
    make.textContent = code ? words.makeNew : words.make;
  };

  const show = (code: string) => {
    shown.textContent = code;
    form.hidden = !code;
    make.hidden = !!code;
    typed.value = '';
    typed.ariaInvalid = null;
    notice(region);
    (code ? shown : make).focus();
  };

  make.addEventListener('click', () => show(newRecoveryCode()));
  byId('recovery-cancel').addEventListener('click', () => show(''));
  byId('recovery-save').addEventListener('click', () => saveAsFile(shown.textContent ?? ''));
  byId('recovery-print').addEventListener('click', () => print());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const code = shown.textContent ?? '';
    const isKept = typed.value.trim().toUpperCase() === code.slice(-4);
    typed.ariaInvalid = isKept ? null : 'true';
    if (!isKept) {
      notice(region, { tone: 'error', text: words.endIsWrong });
      typed.focus();
      return;
    }
    void perform(byId('recovery-done'), region, async (options) => {
      const opens = await vault.keepRecoveryCode(code, options);
      show('');
      render({ code: { createdAt: new Date().toISOString() } });
      goodNews(region, words[outcomes[opens]]);
    });
  });
  render(state);
}

/** A text file with the code and what it is for. */
function saveAsFile(code: string): void {
  const text = words.file(location.host, code);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = words.fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}
