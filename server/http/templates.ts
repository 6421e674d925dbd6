import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const publicFolder = fileURLToPath(new URL('../../public/', import.meta.url));

/** A page as the build made it of its words, in which every `{{name}}` is to be filled with text. */
export function readTemplate(file: string): (values: Readonly<Record<string, string>>) => string {
  const text = readFileSync(`${publicFolder}pages/en/${file}`, 'utf8');
  return (values) =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (place, name: string) => {
      const value = values[name];
      return value === undefined ? place : escapeHtml(value);
    });
}

/** The same with `{{page}}`, the JSON inside `<script type="text/json">`, which alone is filled at each request. */
export function readPage(
  file: string,
  values: Readonly<Record<string, string>>,
): (page: unknown) => string {
  const [before, after] = readTemplate(file)({ ...values }).split('{{page}}');
  if (before === undefined || after === undefined) throw new TypeError(`${file} has no {{page}}`);
  // `<` would be the only way out of the script element.
  return (page) => before + JSON.stringify(page).replaceAll('<', '\\u003c') + after;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
