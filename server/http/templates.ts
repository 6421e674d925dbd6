/** The pages as the build made them of their words, a folder for each language. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Negotiator from 'negotiator';

export const publicFolder = fileURLToPath(new URL('../../public/', import.meta.url));

/** What stands in the place of each `{{name}}`, as text. */
export type Values = Readonly<Record<string, string>>;

/** By the `Accept-Language` of a request. */
type InLanguage<Page> = (acceptLanguage?: string) => Page;

const fallback = 'en';

/** A page whose text is the same for everybody. */
export function readTemplate(file: string, values: Values, folder?: string): InLanguage<string> {
  return inEachLanguage(file, values, (text) => text, folder);
}

/** The same with some texts that only each request brings. */
export function readOpenTemplate(
  file: string,
  values: Values,
): InLanguage<(more: Values) => string> {
  return inEachLanguage(file, values, (text) => (more) => fillIn(text, more));
}

/** The same with `{{page}}`, the JSON inside `<script type="text/json">`, which alone is filled at each request. */
export function readPage(file: string, values: Values): InLanguage<(page: unknown) => string> {
  return inEachLanguage(file, values, (text) => {
    const [before, after] = text.split('{{page}}');
    if (before === undefined || after === undefined) throw new TypeError(`${file} has no {{page}}`);
    // `<` would be the only way out of the script element.
    return (page) => before + JSON.stringify(page).replaceAll('<', '\\u003c') + after;
  });
}

/** Every language that the build made the page in; English if nothing better is asked for. */
function inEachLanguage<Page>(
  file: string,
  values: Values,
  make: (text: string) => Page,
  folder: string = publicFolder,
): InLanguage<Page> {
  const read = (language: string) =>
    make(fillIn(readFileSync(`${folder}pages/${language}/${file}`, 'utf8'), values));
  const english = read(fallback);
  const others = pageLanguages(folder).filter((name) => name !== fallback);
  const pages = new Map(others.map((language) => [language, read(language)]));
  if (pages.size === 0) return () => english;
  const languages = [fallback, ...others];
  return (acceptLanguage) => pages.get(choose(languages, acceptLanguage)) ?? english;
}

/** BCP 47 tags. */
export function pageLanguages(folder: string = publicFolder): string[] {
  return readdirSync(`${folder}pages`);
}

function choose(languages: string[], acceptLanguage: string | undefined): string {
  const headers = acceptLanguage === undefined ? {} : { 'accept-language': acceptLanguage };
  return new Negotiator({ headers }).language(languages) ?? fallback;
}

/**
 * `{{#name}}…{{/name}}` stays if there is such a value, `{{^name}}…{{/name}}` if there is none. What no value is given
 * for stays as it is.
 */
function fillIn(text: string, values: Values): string {
  return text
    .replaceAll(/\{\{([#^])(\w+)\}\}(.*?)\{\{\/\2\}\}/gs, (_, sign, name, inner) =>
      (sign === '#') === Boolean(values[name]) ? inner : '',
    )
    .replaceAll(/\{\{(\w+)\}\}/g, (place, name: string) => {
      const value = values[name];
      return value === undefined ? place : escapeHtml(value);
    });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
