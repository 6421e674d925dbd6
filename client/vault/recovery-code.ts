/**
 * The recovery code: 27 random characters of Crockford's base32 (135 bits) and his check character, in
 * groups of four. HKDF makes two keys of it that say nothing of each other: the verifier, which the
 * server gets, and the key of the vault's recovery envelope (`recoveryLock`), which stays here.
 */
import { random, toBase64Url, utf8 } from './bytes.ts';
import { deriveBytes, importSecret, info, label } from './hkdf.ts';

/** https://www.crockford.com/base32.html: the last five are for the check character alone. */
const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U';
const length = 27;

/** A new code as it is shown: seven groups of four characters. */
export function newRecoveryCode(): string {
  const code = [...random(length)].map((byte) => symbols[byte & 31]).join('');
  return (code + checkOf(code)).replace(/.{4}(?=.)/g, '$&-');
}

/**
 * The 27 characters that keys are made of, from what a person typed: any case, any spaces and hyphens,
 * O for 0, I and L for 1. Null if it is no code: a character too few or too many, or a slip.
 */
export function readRecoveryCode(typed: string): string | null {
  const text = typed
    .toUpperCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  const code = text.slice(0, length);
  const isCode = text.length === length + 1 && /^[0-9A-HJKMNP-TV-Z]+$/.test(code);
  return isCode && text[length] === checkOf(code) ? code : null;
}

/** What gives the account back: 32 bytes, base64url. `code` as `readRecoveryCode` returns it. */
export async function recoveryVerifier(code: string): Promise<string> {
  const secret = await importSecret(utf8(code));
  return toBase64Url(await deriveBytes(secret, info(label.recoveryVerifier), 32));
}

/** The number that the code spells, modulo 37: it catches every wrong character and every swap of two. */
function checkOf(code: string): string | undefined {
  const sum = [...code].reduce((rest, symbol) => (rest * 32 + symbols.indexOf(symbol)) % 37, 0);
  return symbols[sum];
}
