import { Problem } from '../../library/problem.ts';
import { explain } from '../../words/explain.ts';
import { busy } from './busy.ts';
import { notice } from './notice.ts';

/** Runs what a button does and says beside it what went wrong; a session that has ended leads to sign-in. */
export function perform(
  button: HTMLElement,
  region: HTMLElement,
  deed: () => Promise<unknown>,
  words: typeof explain = explain,
): Promise<void> {
  return busy(button, async () => {
    notice(region);
    try {
      await deed();
    } catch (error) {
      if (error instanceof Problem && error.status === 401) location.assign('/sign-in');
      else notice(region, words(error));
    }
  });
}
