import { readdirSync, readFileSync } from 'node:fs';

/** The documentation, read for the tests that hold it to the code. */

const root = new URL('../../', import.meta.url);

/** Every Markdown file of the project, by its path from the root. */
export const documentPaths: readonly string[] = ['.', 'docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => (folder === '.' ? name : `${folder}/${name}`)),
);

export function document(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** The groups of every match, a row for each. */
export function rows(text: string, pattern: RegExp): string[][] {
  return [...text.matchAll(pattern)].map((match) => match.slice(1));
}

export interface CodeBlock {
  /** What stands behind the opening fence: `sh`, `json`, … */
  readonly language: string;
  readonly code: string;
}

export function codeBlocks(text: string): CodeBlock[] {
  return rows(text, /^ *```(\w*)\n(.*?)^ *```$/gms).map(([language = '', code = '']) => ({
    language,
    code,
  }));
}
