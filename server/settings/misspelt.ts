/**
 * Variables that nobody reads and that were probably meant to be read. The environment holds much that is
 * not ours, so this is for a warning and never for a refusal.
 */

/** No variable of another program begins like this, or its name would be read as ours. */
const ownPrefix = 'RP_';

/** @returns a sentence for each; of the values it repeats nothing */
export function misspelt(names: readonly string[], known: readonly string[]): string[] {
  const unread = names.filter((name) => !known.includes(name));
  return unread.flatMap((name) => {
    const meant = known.find((each) => looksLike(name, each));
    if (meant !== undefined) return [`${name} is not read. Did you mean ${meant}?`];
    if (!name.startsWith(ownPrefix)) return [];
    const family = known.filter((each) => each.startsWith(ownPrefix));
    return [`${name} is not read. There are ${family.join(' and ')}.`];
  });
}

function looksLike(name: string, known: string): boolean {
  const [one, other] = [plain(name), plain(known)];
  // Kubernetes sets LATCHKEY_PORT for a service that is called latchkey.
  if (name === 'LATCHKEY_PORT') return false;
  if (one === other || one === `LATCHKEY${other}`) return true;
  // Names that are shorter are too near to others: POST, PORTS, GHOST.
  return known.length >= 6 ? isOneSlipApart(one, other) : isSwapped(one, other);
}

const plain = (name: string) => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');

/** One letter too many, too few or another one, or two in the wrong order. */
function isOneSlipApart(one: string, other: string): boolean {
  const [left, right] = withoutCommonEnds(one, other);
  return (left.length <= 1 && right.length <= 1) || isSwapped(one, other);
}

function isSwapped(one: string, other: string): boolean {
  const [left, right] = withoutCommonEnds(one, other);
  return left.length === 2 && right === `${left[1]}${left[0]}`;
}

function withoutCommonEnds(one: string, other: string): readonly [string, string] {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [one.slice(start, one.length - end), other.slice(start, other.length - end)];
}
