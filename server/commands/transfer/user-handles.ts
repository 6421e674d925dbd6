/**
 * User handles as the rows of other servers spell them. What such a server passed to the authenticator as
 * `user.id` are bytes, but what it kept is often the text of its own user ID: the UTF-8 bytes of a UUID, or its
 * sixteen bytes. A wrong guess makes accounts that nobody can sign in to, so what could be read in two ways is
 * refused until the operator says which is meant.
 */
import { toBase64Url } from '../../base64url.ts';
import { readBytes } from './bytes.ts';

export const handleSpellings = ['base64url', 'text', 'uuid', 'hex'] as const;
export type HandleSpelling = (typeof handleSpellings)[number];

/** The user handle in base64url, or what is wrong with it. */
export type ReadHandle = { readonly handle: string } | { readonly problem: string };

const uuid = /^[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}$/i;
const hex = /^(?:[\da-f]{2})+$/i;

/**
 * Whether a text that may be base64url looks like something else: a UUID, hexadecimal digits or a number. A
 * random handle hardly ever does.
 */
export function isAmbiguous(text: string): boolean {
  return uuid.test(text) || /^(?:[\da-f]{8,}|[\dA-F]{8,}|\d+)$/.test(text);
}

/**
 * @param given whatever JSON holds
 * @param spelling how texts are to be read; undefined for base64url, if they can't be anything else
 */
export function readUserHandle(given: unknown, spelling: HandleSpelling | undefined): ReadHandle {
  // Arrays, Buffers and `\x…` are bytes, whatever texts are.
  const isText = typeof given === 'string' && !given.startsWith('\\x');
  if (isText && spelling === undefined && isAmbiguous(given)) {
    const could = 'base64url, the text of an ID, or the bytes of a UUID or of hexadecimal digits';
    return { problem: `could be ${could}: say which with --user-handles` };
  }
  const bytes = isText ? readers[spelling ?? 'base64url'](given) : readBytes(given);
  // WebAuthn L3 §5.4.3
  if (bytes === null || bytes.length < 1 || bytes.length > 64) {
    return {
      problem: `expected 1 to 64 bytes ${expected[isText ? (spelling ?? 'base64url') : 'base64url']}`,
    };
  }
  return { handle: toBase64Url(bytes) };
}

const expected: Readonly<Record<HandleSpelling, string>> = {
  base64url: 'in base64url',
  text: 'of text',
  uuid: 'of a UUID',
  hex: 'in hexadecimal digits',
};

const readers: Readonly<Record<HandleSpelling, (text: string) => Uint8Array | null>> = {
  base64url: readBytes,
  text: (text) => Buffer.from(text),
  uuid: (text) => (uuid.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : null),
  hex: (text) => (hex.test(text) ? Buffer.from(text, 'hex') : null),
};

/** A handle as the export writes it: in digits if it could be taken for something else. */
export function spellHandle(handle: string): string {
  return isAmbiguous(handle) ? `\\x${Buffer.from(handle, 'base64url').toString('hex')}` : handle;
}
