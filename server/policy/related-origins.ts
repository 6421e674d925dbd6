/**
 * Whether browsers will take a list of related origins (WebAuthn L3 §5.11.1): they read no more than so
 * many of it, and what stands behind that is ignored without a word.
 */
const mostOrigins = 100;
/** §5.11: "at least five", and browsers stop there. */
const mostLabels = 5;

/** Second levels under which countries register names: `example.co.uk` belongs to `example`. */
const secondLevels = ['ac', 'co', 'com', 'edu', 'go', 'gov', 'ne', 'net', 'or', 'org'];

/** What is wrong with the list, ours first; null where nothing is. */
export function relatedOriginsProblem(origins: readonly string[]): string | null {
  if (origins.length > mostOrigins) return `browsers read at most ${mostOrigins} with ORIGIN`;
  const labels = new Set(origins.map(registrableLabel));
  return labels.size <= mostLabels
    ? null
    : `browsers take at most ${mostLabels} names with ORIGIN, of whatever ending (found ${[...labels].join(', ')})`;
}

/**
 * §5.11's registrable origin label, `example` of `https://login.example.com`. A guess, as we keep no Public
 * Suffix List: all names under a suffix that is missing above (`github.io`) count as one.
 */
function registrableLabel(origin: string): string {
  const labels = new URL(origin).hostname.split('.').reverse();
  const [country = '', second = '', third] = labels;
  const isSuffix = country.length === 2 && secondLevels.includes(second);
  return (isSuffix && third) || second || country;
}
