/** A module of words: texts, and groups of texts and functions. */
export type Words = Readonly<Record<string, unknown>>;

/**
 * HTML with words in the place of `{{signIn.title}}`, escaped. `{{links.backTo(rpName)}}` is a text
 * around a value of the server's. What is no group of words, such as `{{rpName}}`, stays for the server.
 *
 * @throws {TypeError} if a group has no such text
 */
export function fillIn(html: string, words: Words): string {
  const places = /\{\{(\w+)(?:\.(\w+)(?:\((\w+)\))?)?\}\}/g;
  return html.replace(places, (place, group: string, key?: string, value?: string) => {
    const found = words[group];
    if (found === undefined && key === undefined) return place;
    const word = key === undefined ? found : (found as Words | undefined)?.[key];
    const isFunction = typeof word === 'function';
    const text = isFunction && value !== undefined ? word(`{{${value}}}`) : word;
    if (isFunction !== (value !== undefined) || typeof text !== 'string')
      throw new TypeError(`There is no text for ${place}`);
    return escapeHtml(text);
  });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
