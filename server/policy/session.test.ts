import { describe, expect, it } from 'vitest';
import { hashSessionToken, newSessionToken, outlives } from './session.ts';

const now = 1_800_000_000_000;
const week = 604_800_000;
const ttlSeconds = 86_400;
const ttl = ttlSeconds * 1000;

describe('a session', () => {
  it.each([
    ['expires now', now, false],
    ['was opened just now', now + ttl, false],
    ['was opened by a clock a week ahead', now + ttl + week, false],
    ['was opened by a clock further ahead', now + ttl + week + 1, true],
    ['was opened in another year', now + ttl + 52 * week, true],
  ])('that %s outlives what it may: %s', (_what, expiresAt, expected) => {
    expect(outlives({ expiresAt }, now, ttlSeconds)).toBe(expected);
  });

  it('is found by the hash of 256 random bits, and by nothing that is stored', () => {
    const made = [1, 2].map((byte) =>
      newSessionToken((length) => new Uint8Array(length).fill(byte)),
    );
    for (const { token, tokenHash } of made) {
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(hashSessionToken(token)).toBe(tokenHash);
      expect(hashSessionToken(tokenHash)).not.toBe(tokenHash);
    }
    expect(made[0]?.tokenHash).not.toBe(made[1]?.tokenHash);
  });
});
