import { randomBytes } from 'node:crypto';

/**
 * Makes the IDs of audit entries: UUIDs of version 7 (RFC 9562 §5.7) of the time of the entry, and in
 * one process in the order of their making, so that "latest first" is the order of the primary key.
 * A sequence of the database would say that too, but not on every cluster.
 */
export function auditIds(): (at: number) => string {
  let made = 0;
  return (at) => {
    const bytes = randomBytes(16);
    made = (made + 1) >>> 0;
    bytes.writeUIntBE(at, 0, 6);
    // Method 1 of RFC 9562 §6.2: after the version 12 bits of the counter, after the variant 20.
    bytes.writeUInt16BE(0x7000 | (made >>> 20), 6);
    const rest = bytes.readUInt32BE(8) & 0x3ff;
    bytes.writeUInt32BE((0x80000000 | ((made & 0xfffff) << 10) | rest) >>> 0, 8);
    const hex = bytes.toString('hex');
    return [8, 12, 16, 20, 32]
      .map((end, part) => hex.slice([0, 8, 12, 16, 20][part], end))
      .join('-');
  };
}
