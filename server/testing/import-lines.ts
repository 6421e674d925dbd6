/** Lines of an import file, and how they are parsed. */
import { randomBytes } from 'node:crypto';
import { toBase64Url } from '../base64url.ts';
import { lineParser } from '../commands/transfer/parse-line.ts';
import type { HandleSpelling } from '../commands/transfer/user-handles.ts';
import { generateKey } from './cose.ts';

export const now = 1_800_000_000_000;
const context = { rpId: 'example.org', now: () => now, operator: 'ann' };
const toText = (line: unknown) => (typeof line === 'string' ? line : JSON.stringify(line));
export const parse = (line: unknown) => lineParser(context)(toText(line));
/** Parses a line of a file whose user handles are spelt so. */
export const parseSpelling = (userHandles: HandleSpelling, line: unknown) =>
  lineParser({ ...context, userHandles })(toText(line));
/** Parses lines one after the other, as lines of one file. */
export const parseAll = (...lines: unknown[]) => lines.map(toText).map(lineParser(context));

export const { publicKey, spki } = generateKey(-7);
export const id = toBase64Url(randomBytes(20));
export const userHandle = toBase64Url(randomBytes(32));
export const zeros = '00000000-0000-0000-0000-000000000000';
export const credential = { id, publicKey: toBase64Url(publicKey) };
export const account = { username: 'bob', userHandle, credentials: [credential] };
export const withCredential = (more: object) => ({
  ...account,
  credentials: [{ ...credential, ...more }],
});
