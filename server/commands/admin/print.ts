/**
 * What the operator reads, as text or as JSON. Much of it was chosen by strangers: nothing of it can
 * move the cursor, colour the screen or turn the direction of the writing.
 */

/** What an act of `administration/` resolves to. */
export type FactsOf<Act extends (...given: never) => Promise<unknown>> = Awaited<ReturnType<Act>>;

const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

const escapeCharacter = (character: string) =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');

export function plain(text: string): string {
  return text.replaceAll(unprintable, escapeCharacter);
}

/** Line breaks are its own layout; whatever else is unprintable stands in a string, where it may be escaped. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => plain(line))
    .join('\n');
}

/** Columns under their titles; a row less where there is none. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows].map((row) => row.map(plain));
  const widths = titles.map((_, column) =>
    Math.max(...lines.map((line) => lengthOf(line[column] ?? ''))),
  );
  return lines
    .map((line) =>
      line
        .map((text, column) => pad(text, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The spec's letters for what an authenticator says of itself, or a dash. */
export function letters(flags: Readonly<Record<string, boolean>>): string {
  const set = Object.entries(flags).filter(([, isSet]) => isSet);
  return set.map(([letter]) => letter).join(' ') || '-';
}

/** To the second; a dash for a time that there is not. */
export function time(iso: string | null): string {
  return iso === null ? '-' : iso.replace(/\.\d+/, '');
}

function lengthOf(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(width - lengthOf(text));
}
