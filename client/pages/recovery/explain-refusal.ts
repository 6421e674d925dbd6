import { Problem } from '../../library/problem.ts';
import { type Explanation, explain } from '../../words/explain.ts';

/** The usual words for an error, but for the codes that mean something of their own here. */
export function explainRefusal(own: Readonly<Record<string, string>>) {
  return (error: unknown): Explanation => {
    const text = error instanceof Problem ? own[error.code] : undefined;
    return text === undefined ? explain(error) : { tone: 'error', text };
  };
}
