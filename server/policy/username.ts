/**
 * What a user name and a display name may be, and when two user names are the same one.
 * Follows the spirit of RFC 8265 (UsernameCaseMapped): NFKC, case folded, no spaces or controls;
 * WebAuthn L3 §6.4.1 lets an authenticator cut names at 64 bytes, so longer ones are refused.
 */

const maxBytes = 64;
const userNameCharacters = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u;
const displayNameCharacters = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\u200c\u200d]+$/u;
/** Nothing to see in these, or only beside others: joiners, variation selectors, fillers, blanks. */
const unseen = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= maxBytes;
}

/** The user name as it is kept and shown, or null when it is not one. */
export function normalizeUsername(text: string): string | null {
  const username = text.normalize('NFC').trim();
  const isSeen = username.search(unseen) === -1 && visible.test(username);
  return isSeen && userNameCharacters.test(username) && fits(username) ? username : null;
}

/** The form in which user names are compared: two with the same key are the same user name. */
export function usernameKey(username: string): string {
  // Up and down again folds what lower case alone keeps apart: ß and SS, the two small sigmas.
  return username.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/** The display name as it is kept and shown, or null when it is not one. */
export function normalizeDisplayName(text: string): string | null {
  const name = text.normalize('NFC').trim().replace(/\s+/gu, ' ');
  const isSeen = visible.test(name.replaceAll(unseen, ''));
  return isSeen && displayNameCharacters.test(name) && fits(name) ? name : null;
}
