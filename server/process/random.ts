import { randomFillSync } from 'node:crypto';

/**
 * Cryptographically strong random bytes. They are requested from the system some thousand at a time, because each
 * request costs as much as sealing a challenge. Bytes that were handed out are wiped from the pool.
 */
export function randomPool(): (length: number) => Uint8Array {
  const pool = Buffer.alloc(4096);
  let used = pool.length;
  return (length) => {
    if (used + length > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const drawn = Buffer.from(pool.subarray(used, used + length));
    pool.fill(0, used, used + length);
    used += length;
    return drawn;
  };
}
