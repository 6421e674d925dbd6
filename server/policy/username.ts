/**
 * What a user name and a display name may be, when two user names are the same one, and what of a name
 * authenticators get. Follows the spirit of RFC 8265 (UsernameCaseMapped): NFKC, case folded, no spaces or
 * controls.
 */

/** Enough for every e-mail address (RFC 5321 §4.5.3.1.3) and for names in any script. */
const maxBytes = 256;
/** A character can become eighteen (U+FDFA), and indexes have no room for arbitrarily long keys. */
const maxKeyBytes = 1024;
/** WebAuthn L3 §6.4.1: an authenticator may cut a name at this length, in the middle of a character too. */
const authenticatorBytes = 64;

const userNameCharacters = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u;
const displayNameCharacters = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\u200c\u200d]+$/u;
/** Nothing to see in these, or only beside others: joiners, variation selectors, fillers, blanks. */
const unseen = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;

const fits = (text: string, bytes: number) => Buffer.byteLength(text) <= bytes;

/** What a name has to be, for whoever sent another one. */
export const usernameForm = '1 to 256 bytes of letters, digits and signs, without spaces';
export const displayNameForm = '1 to 256 bytes of text';

/** The user name as it is kept and shown, or null if it is not one. */
export function normalizeUsername(text: string): string | null {
  const username = text.normalize('NFC').trim();
  const isSeen = username.search(unseen) === -1 && visible.test(username);
  const isName = isSeen && userNameCharacters.test(username) && fits(username, maxBytes);
  return isName && fits(usernameKey(username), maxKeyBytes) ? username : null;
}

/** The display name as it is kept and shown, or null if it is not one. */
export function normalizeDisplayName(text: string): string | null {
  const name = text.normalize('NFC').trim().replace(/\s+/gu, ' ');
  const isSeen = visible.test(name.replaceAll(unseen, ''));
  return isSeen && displayNameCharacters.test(name) && fits(name, maxBytes) ? name : null;
}

/**
 * The form in which user names are compared: two with the same key are the same user name.
 *
 * Lower, upper and lower case one after the other are at least full case folding (Unicode §3.13): upper case
 * makes SS of ß and one letter of both small sigmas, but it takes lower case to make ß of ẞ first.
 */
export function usernameKey(username: string): string {
  const folded = username.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase();
  return folded.normalize('NFKC');
}

/**
 * The keys under which an account of this name may be stored, the likelier one last. Accounts made when
 * ẞ was not folded keep their old key if the new one was another account's already: whoever types their
 * name as they always did is meant by it.
 */
export function usernameKeys(username: string): string[] {
  const former = username.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return [...new Set([former, usernameKey(username)])];
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * A name as options and signals carry it: cut between two characters, as people see them, if it is longer than
 * what every authenticator can keep (WebAuthn L3 §6.4.1).
 */
export function nameForAuthenticator(name: string): string {
  if (fits(name, authenticatorBytes)) return name;
  const whole = beginningOf(Array.from(graphemes.segment(name), ({ segment }) => segment));
  return whole.trimEnd() || beginningOf([...name]);
}

/** As many of the parts, from the first on, as fit. */
function beginningOf(parts: readonly string[]): string {
  let beginning = '';
  for (const part of parts) {
    if (!fits(beginning + part, authenticatorBytes)) break;
    beginning += part;
  }
  return beginning;
}
