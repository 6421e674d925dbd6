import { problems, unlocking } from './en.ts';
import { thisPlatform } from './platform.ts';
import { soon } from './when.ts';

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
  members?: Readonly<Record<string, unknown>>;
}

/** That nothing happened, and that nothing needs to be done, is no error. */
const calm = ['InvalidStateError', 'credential_exists'];

/**
 * What went wrong, in the words of the person who sees it; nothing technical ever. A code without
 * words has the `title` that the server sent with it.
 *
 * @param cancelled what did not happen, if the person closed the prompt: that is a hint
 * @param more further words, by code
 */
export function explain(
  error: unknown,
  cancelled: string = problems.cancelled,
  more: Readonly<Record<string, string>> = {},
): Explanation {
  const { name = '', code, message, members = {} }: Thrown = error instanceof Error ? error : {};
  if (name === 'NotAllowedError' || name === 'AbortError') return { tone: 'hint', text: cancelled };
  // `code` of a DOMException is a number from another list.
  const isProblem = typeof code === 'string';
  const key = isProblem ? code : name;
  const { [`${key} ${members['reason']}`]: forReason, [key]: words } = {
    ...problems.byCode,
    ...more,
  };
  const text = withDetails(key, members) ?? forReason ?? words ?? (isProblem ? message : '');
  return { tone: calm.includes(key) ? 'hint' : 'error', text: text || problems.general };
}

function withDetails(
  code: string,
  { retryAfter }: Readonly<Record<string, unknown>>,
): string | undefined {
  if (code === 'user_verification_required') return problems.unlock(unlocking[thisPlatform()]);
  if (code === 'too_many_requests' && typeof retryAfter === 'number')
    return problems.tooMany(soon(retryAfter));
  return undefined;
}
