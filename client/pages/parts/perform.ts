import type { CallOptions } from '../../library/call.ts';
import { Problem } from '../../library/problem.ts';
import { prompts } from '../../words/en.ts';
import { type Explanation, explain } from '../../words/explain.ts';
import { busy } from './busy.ts';
import { leaveNote } from './note.ts';
import { notice } from './notice.ts';

/**
 * Runs what a button does, and says in `region` when the person has to confirm first and what went
 * wrong. If the session has ended, or another account is signed in by now, a page follows that says so.
 */
export function perform(
  button: HTMLElement,
  region: HTMLElement,
  action: (options: CallOptions) => Promise<unknown>,
  words: (error: unknown) => Explanation = explain,
): Promise<void> {
  return busy(button, async () => {
    notice(region);
    const onStepUp = (running: boolean) => notice(region, running ? prompts.confirmFirst : '');
    try {
      await action({ onStepUp });
    } catch (error) {
      if (!leaveOutdatedPage(error)) notice(region, words(error));
    }
  });
}

/** Leaves a page whose account is not, or not any more, the one that is signed in. */
function leaveOutdatedPage(error: unknown): boolean {
  if (!(error instanceof Problem)) return false;
  const { status, code } = error;
  if (code === 'account_changed') {
    leaveNote('account-changed');
    location.replace('/account');
  } else if (status === 401) {
    leaveNote('session-ended');
    location.assign('/sign-in');
  } else return false;
  return true;
}
