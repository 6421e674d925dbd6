/** A module of words: texts, and groups of texts and functions. */
export type Words = Readonly<Record<string, unknown>>;

/**
 * HTML with words in the place of `{{signIn.title}}`, escaped. What is no group of words, such as
 * `{{rpName}}`, stays for the server.
 *
 * @throws {TypeError} if a group has no such text
 */
export function fillIn(html: string, words: Words): string {
  return html.replace(/\{\{(\w+)(?:\.(\w+))?\}\}/g, (placeholder, group: string, key?: string) => {
    const found = words[group];
    if (found === undefined && key === undefined) return placeholder;
    const text = key === undefined ? found : (found as Words | undefined)?.[key];
    if (typeof text !== 'string') throw new TypeError(`There is no text for ${placeholder}`);
    return escapeHtml(text);
  });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
