/** Base64url without padding (RFC 4648 §5), the only text form that bytes take in this server. */
export type Base64Url = string & { readonly __base64url: unique symbol };

export function toBase64Url(bytes: Uint8Array): Base64Url {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'base64url',
  ) as Base64Url;
}

export function fromBase64Url(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * True for the one canonical encoding of some bytes: the alphabet alone, no padding, and no stray
 * bits in the last character, so that one credential ID can't come in two spellings.
 */
export function isBase64Url(text: string): text is Base64Url {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return false;
  // The last character of an incomplete group of four has two or four bits that must be zero.
  switch (text.length % 4) {
    case 0:
      return true;
    case 2:
      return 'AQgw'.includes(text.charAt(text.length - 1));
    case 3:
      return 'AEIMQUYcgkosw048'.includes(text.charAt(text.length - 1));
    default:
      return false;
  }
}
