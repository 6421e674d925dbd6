import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashSessionToken, isSessionToken, newSessionToken, outlives } from './session-token.ts';

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

  const opened = (at: number, byte: number) =>
    newSessionToken((length) => new Uint8Array(length).fill(byte), at);

  it('is found by the hash of 256 random bits, and by nothing that is stored', () => {
    const made = [opened(now, 1), opened(now, 2)];
    for (const { token, tokenHash } of made) {
      expect(Buffer.from(token, 'base64url')).toHaveLength(6 + 32);
      expect(isSessionToken(token)).toBe(true);
      expect(hashSessionToken(token)).toBe(tokenHash);
      expect(isSessionToken(tokenHash)).toBe(false);
    }
    expect(made[0]?.tokenHash).not.toBe(made[1]?.tokenHash);
  });

  it('is stored beside those that were opened before it', () => {
    const times = [0, 1, 63, 64, 255, 256, 65_536, now, now + 1, now + ttl, 2 ** 48 - 1];
    const keys = times.map((at, index) => opened(at, 255 - index).tokenHash);
    expect([...keys].sort()).toEqual(keys);
  });

  it('of a version without times in its tokens is found as then', () => {
    const token = Buffer.alloc(32, 7).toString('base64url');
    expect(isSessionToken(token)).toBe(true);
    expect(hashSessionToken(token)).toBe(createHash('sha256').update(token).digest('base64url'));
  });

  it.each([
    ['nothing', ''],
    ['one letter too few', 'A'.repeat(50)],
    ['one letter too many', 'A'.repeat(52)],
    ['another alphabet', `${'A'.repeat(50)}+`],
  ])('has no token that is %s', (_what, text) => {
    expect(isSessionToken(text)).toBe(false);
  });
});
