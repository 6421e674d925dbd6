import { problems, unlocking } from './en.ts';
import { thisPlatform } from './platform.ts';

/** A hint is said calmly, an error plainly, good news with a tick. */
export interface Explanation {
  tone: 'good' | 'hint' | 'error';
  text: string;
}

/** What can be told of whatever was thrown: a `Problem` has a code, the browser's exceptions a name. */
interface Thrown {
  name?: string;
  code?: string | number;
  message?: string;
}

/** That nothing happened, and that nothing needs to be done, is no error. */
const calm = ['InvalidStateError', 'credential_exists'];

/**
 * What went wrong, in the words of the person who sees it; nothing technical ever. A prompt that was
 * closed is a hint: `cancelled` says what did not happen. A code without words of our own has the
 * `title` that the server sent with it.
 */
export function explain(error: unknown, cancelled: string = problems.cancelled): Explanation {
  const { name = '', code, message }: Thrown = error instanceof Error ? error : {};
  if (name === 'NotAllowedError' || name === 'AbortError') return { tone: 'hint', text: cancelled };
  // `code` of a DOMException is a number from another list.
  const key = typeof code === 'string' ? code : name;
  const title = typeof code === 'string' ? message : '';
  const text = aboutUnlocking(key) ?? problems.byCode[key] ?? title;
  return { tone: calm.includes(key) ? 'hint' : 'error', text: text || problems.general };
}

function aboutUnlocking(key: string): string | undefined {
  if (key === 'user_verification_required') return problems.unlock(unlocking[thisPlatform()]);
  return key === 'ConstraintError' ? problems.setUpUnlock : undefined;
}
