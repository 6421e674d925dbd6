/** DER (X.690), as far as certificates and their extensions need it. What is not DER is a RangeError. */

export interface Item {
  /** The bytes of the tag as one number: 0x30 of a sequence, 0xbf8458 of `[600]`. */
  readonly tag: number;
  readonly content: Uint8Array;
}

const tagOfMoreBytes = 0x1f;
const longestTag = 4;

/** The items one after another in `bytes`: definite lengths below 2²⁴ alone. */
export function readItems(bytes: Uint8Array): Item[] {
  const items: Item[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = readTag(bytes, at);
    const { length, start } = readLength(bytes, at + tag.size);
    const end = start + length;
    if (end > bytes.length) throw new RangeError('cut off');
    items.push({ tag: tag.value, content: bytes.subarray(start, end) });
    at = end;
  }
  return items;
}

/** The first item of what is inside of another. */
export function firstOf(item: Item | undefined): Item {
  const [first] = readItems(item?.content ?? new Uint8Array());
  if (first === undefined) throw new RangeError('nothing inside');
  return first;
}

/** A small integer that is not negative. */
export function readInteger(item: Item | undefined): number {
  const content = item?.content ?? new Uint8Array();
  if (content.length === 0 || content.length > 4) throw new RangeError('no small integer');
  return Buffer.from(content).readUIntBE(0, content.length);
}

/** X.690 §8.1.2: a tag number above 30 takes the bytes that follow, all but the last with their first bit set. */
function readTag(bytes: Uint8Array, at: number): { value: number; size: number } {
  let value = bytes[at] ?? 0;
  let size = 1;
  if ((value & tagOfMoreBytes) !== tagOfMoreBytes) return { value, size };
  for (let more = true; more; size++) {
    const next = bytes[at + size];
    if (next === undefined || size === longestTag) throw new RangeError('a tag without end');
    value = value * 256 + next;
    more = next >= 0x80;
  }
  return { value, size };
}

function readLength(bytes: Uint8Array, at: number): { length: number; start: number } {
  const short = bytes[at] ?? 0x80;
  const digits = short < 0x80 ? 0 : short & 0x7f;
  if (short === 0x80 || digits > 3) throw new RangeError('a length that DER has not');
  const start = at + 1 + digits;
  if (digits === 0) return { length: short, start };
  if (start > bytes.length) throw new RangeError('cut off');
  return { length: Buffer.from(bytes).readUIntBE(at + 1, digits), start };
}
