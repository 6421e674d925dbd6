import { isBase64Url } from '../../base64url.ts';

/** More elements than any key, credential ID or user handle has bytes. */
const mostElements = 8192;

/**
 * Bytes in one of the spellings that databases and JSON give them: base64url or base64, padded or not;
 * `\x` and hexadecimal digits; an array of numbers; a Buffer or Uint8Array that went through
 * `JSON.stringify`. Null where it is none of them.
 */
export function readBytes(value: unknown): Uint8Array | null {
  if (typeof value === 'string') return fromText(value);
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return fromNumbers(value);
  const { type, data } = value as { type?: unknown; data?: unknown };
  if (type === 'Buffer' && Array.isArray(data)) return fromNumbers(data);
  const entries = Object.entries(value);
  // JSON.stringify(new Uint8Array([7])) is {"0":7}.
  return entries.every(([key], index) => key === String(index))
    ? fromNumbers(entries.map(([, element]) => element))
    : null;
}

function fromText(text: string): Uint8Array | null {
  const hex = /^\\x((?:[0-9a-fA-F]{2})*)$/.exec(text)?.[1];
  if (hex !== undefined) return new Uint8Array(Buffer.from(hex, 'hex'));
  const isPadded = text.length % 4 === 0 && /[^=]={1,2}$/.test(text);
  const unpadded = isPadded ? text.replace(/=+$/, '') : text;
  const base64url = unpadded.replaceAll('+', '-').replaceAll('/', '_');
  return isBase64Url(base64url) ? new Uint8Array(Buffer.from(base64url, 'base64url')) : null;
}

function fromNumbers(elements: readonly unknown[]): Uint8Array | null {
  const isByte = (element: unknown) =>
    Number.isInteger(element) && (element as number) >= 0 && (element as number) <= 255;
  if (elements.length > mostElements || !elements.every(isByte)) return null;
  return Uint8Array.from(elements as number[]);
}
