import { Problem } from '../../library/problem.ts';
import { updating } from '../../words/en.ts';
import { type Explanation, explain } from '../../words/explain.ts';

/** Why a passkey did not take the place of another; whoever closed the prompt has lost nothing. */
export function explainUpgrade(error: unknown): Explanation {
  const said = explain(error, updating.cancelled);
  // Another passkey confirmed it: only the one that opened the session can be updated in it.
  if (error instanceof Problem && error.code === 'invalid_request')
    return { ...said, text: updating.useItFirst };
  return said;
}
