import { accountProblems, vaultProblems } from '../../words/en.ts';
import { type Explanation, explain } from '../../words/explain.ts';

/** Words for what goes wrong with an account; `cancelled` says what did not happen. */
export function explainHere(cancelled?: string): (error: unknown) => Explanation {
  return (error) => explain(error, cancelled, { ...accountProblems, ...vaultProblems });
}
