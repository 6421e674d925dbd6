/**
 * Whether bytes are an ES256 signature in the one DER spelling it has (WebAuthn L3 §6.5.5): a sequence
 * of two positive, minimally encoded integers, and nothing after it. The library reads it loosely, and
 * a response that can be spelled in two ways is one that somebody touched.
 */
export function isDerSignature(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2 || bytes.length > 72) return false;
  const second = endOfInteger(bytes, 2);
  return second !== null && endOfInteger(bytes, second) === bytes.length;
}

/**
 * Whether bytes are an ECDSA signature in BER, of which DER is one spelling: a sequence, its length in
 * whatever form, and an integer in it. It looks no further: it tells people what is wrong, no more.
 */
export function isBerSignature(bytes: Uint8Array): boolean {
  const contentStart = bytes[1] === 0x81 ? 3 : 2;
  return bytes[0] === 0x30 && bytes[contentStart] === 0x02 && bytes.length <= 80;
}

/** Where the integer that begins at `start` ends, or null where there is none of 32 bytes at most. */
function endOfInteger(bytes: Uint8Array, start: number): number | null {
  const length = bytes[start + 1] ?? 0;
  const [first = 0, next = 0] = bytes.subarray(start + 2);
  const isPositive = length >= 1 && length <= 33 && first < 0x80;
  const isMinimal = length === 1 || first !== 0 || next >= 0x80;
  return bytes[start] === 0x02 && isPositive && isMinimal ? start + 2 + length : null;
}

/**
 * The DER spelling of an ES256 signature that is given as its two numbers side by side (RFC 7518 §3.4).
 * The runtime does the same on request, for a tenth of the price of a verification.
 */
export function derSignature(numbers: Uint8Array): Uint8Array {
  const half = numbers.length / 2;
  const first = derInteger(numbers.subarray(0, half));
  const second = derInteger(numbers.subarray(half));
  return Buffer.concat([Buffer.of(0x30, first.length + second.length), first, second]);
}

/** X.690 §8.3: no more leading zeros than keep it positive. */
function derInteger(number: Uint8Array): Uint8Array {
  const first = number.findIndex((byte) => byte !== 0);
  const significant = number.subarray(first < 0 ? number.length - 1 : first);
  const head = (significant[0] ?? 0) < 0x80 ? [] : [0];
  return Buffer.concat([Buffer.of(0x02, head.length + significant.length, ...head), significant]);
}
