/**
 * Whether browsers will take a list of related origins (WebAuthn L3 §5.11.1): they read no more than so
 * many of it, and what stands behind that is ignored without a word.
 */
import { registrableLabel } from './origin.ts';

const mostOrigins = 100;
/** §5.11: "at least five", and browsers stop there. */
const mostLabels = 5;

/** What is wrong with the list, ours first; null if nothing is. */
export function relatedOriginsProblem(origins: readonly string[]): string | null {
  if (origins.length > mostOrigins) return `browsers read at most ${mostOrigins} with ORIGIN`;
  const labels = new Set(origins.map((origin) => registrableLabel(new URL(origin).hostname)));
  return labels.size <= mostLabels
    ? null
    : `browsers take at most ${mostLabels} names with ORIGIN, of whatever ending (found ${[...labels].join(', ')})`;
}
