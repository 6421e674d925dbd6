import { describe, expect, it } from 'vitest';
import { fromBase64Url, isBase64Url, toBase64Url } from './base64url.ts';

describe('base64url', () => {
  it('has one spelling for any bytes, and knows it from all others', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ é';
    for (const head of ['', 'A', 'Zz', 'x-_']) {
      for (const one of alphabet) {
        for (const other of alphabet) {
          const text = head + one + other;
          const canonical = Buffer.from(text, 'base64url').toString('base64url') === text;
          expect([text, isBase64Url(text)]).toEqual([text, canonical]);
        }
      }
    }
    expect(isBase64Url('')).toBe(true);
  });

  it('gives back the bytes it was given', () => {
    const bytes = new Uint8Array([0, 255, 16, 32]);
    expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
  });
});
