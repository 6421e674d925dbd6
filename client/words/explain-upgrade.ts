import { Problem } from '../library/problem.ts';
import { type Explanation, explain } from './explain.ts';

/** Why a passkey did not take the place of another; whoever closed the prompt has lost nothing. */
export function explainUpgrade(error: unknown): Explanation {
  const said = explain(error);
  if (said.tone === 'hint') return { ...said, text: 'Nothing has changed. You can try again.' };
  // Another passkey confirmed it: only the one that opened the session can be updated in it.
  if (error instanceof Problem && error.code === 'invalid_request')
    return { ...said, text: 'Sign in with the passkey that you want to update, then try again.' };
  return said;
}
