import { base64URLStringToBuffer, bufferToBase64URLString } from '@simplewebauthn/browser';

/** Bytes of their own, as WebCrypto takes them. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const toBase64Url = (bytes: Bytes): string => bufferToBase64URLString(bytes.slice().buffer);

/** @throws {DOMException} if the text is not base64url */
export const fromBase64Url = (text: string): Bytes => new Uint8Array(base64URLStringToBuffer(text));

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

export const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

export function concat(...parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Each part behind its length (two bytes, big-endian), so that no two lists of parts become the same
 * bytes: what is bound to one account, credential or salt is bound to no other.
 */
export function frame(...parts: readonly Bytes[]): Bytes {
  return concat(
    ...parts.map((part) => {
      if (part.length > 0xffff) throw new RangeError('a part of a frame is too long');
      return concat(Uint8Array.of(part.length >> 8, part.length & 0xff), part);
    }),
  );
}

export function equal(one: Bytes, other: Bytes): boolean {
  let difference = one.length ^ other.length;
  for (const [index, byte] of one.entries()) difference |= byte ^ (other[index] ?? 0);
  return difference === 0;
}
