/** Comes after every text that begins with the text before it, as bytes compare. */
export const lastCharacter = '\u{10ffff}';

/**
 * A page out of one row more than it holds, which tells whether there is another page.
 *
 * @returns `next`: the key of the last row on the page, null on the last page
 */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
): { shown: Row[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { shown, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
}
