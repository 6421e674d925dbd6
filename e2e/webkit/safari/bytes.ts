/** base64url and bytes, and the JSON forms of options and results (WebAuthn L3 §5.1.8–5.1.10). */

function toBase64Url(source: BufferSource): string {
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(source)
    ? source
    : new Uint8Array(source);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function fromBase64Url(text: unknown): ArrayBuffer {
  if (typeof text !== 'string' || !/^[\w-]*$/.test(text)) {
    // WebKit throws this for a member that is not base64url.
    throw new DOMException('The string contains invalid characters.', 'EncodingError');
  }
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}

/** The members of options and results that are bytes, at any depth. */
const byteMembers = new Set(['challenge', 'id', 'first', 'second', 'write', 'blob', 'rawId']);

/** Turns bytes into base64url, at any depth; other values are kept. */
export function encodeBytes(value: unknown): unknown {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return toBase64Url(value as BufferSource);
  }
  if (Array.isArray(value)) return value.map(encodeBytes);
  if (typeof value !== 'object' || value === null) return value;
  return mapObject(value, (_, member) => encodeBytes(member));
}

/** Turns base64url into bytes, in the members that are bytes. `id` of the RP is text. */
export function decodeBytes(value: unknown, parent = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => decodeBytes(entry, parent));
  if (typeof value !== 'object' || value === null) return value;
  return mapObject(value, (name, member) => {
    if (typeof member !== 'string') return decodeBytes(member, name);
    return byteMembers.has(name) && parent !== 'rp' ? fromBase64Url(member) : member;
  });
}

function mapObject(value: object, change: (name: string, member: unknown) => unknown) {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, change(name, member)]),
  );
}
