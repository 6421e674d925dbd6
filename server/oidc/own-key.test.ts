import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { fixedLength, ownKey } from './own-key.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...privateKey.export({ format: 'jwk' }), kty: 'EC', kid: 'k' };
const verified = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;

it('both numbers of a signature have 32 bytes, however short they are', () => {
  // One number in 256 begins with a zero, and half of them are written with one more.
  for (let times = 0; times < 2_000; times++) {
    const data = Buffer.from(String(times));
    const fixed = fixedLength(sign('sha256', data, privateKey));
    expect(fixed.length).toBe(64);
    expect(verify('sha256', data, verified, fixed)).toBe(true);
  }
  const short = Buffer.from([0x30, 6, 2, 1, 5, 2, 1, 7]);
  const [r, s] = [Buffer.alloc(32), Buffer.alloc(32)];
  r[31] = 5;
  s[31] = 7;
  expect(fixedLength(short)).toEqual(Buffer.concat([r, s]));
});

it('a bare P-256 key signs here; the library has others as they are', () => {
  expect(ownKey(jwk)).toMatchObject({ kid: 'k', alg: 'ES256', kty: 'EC', crv: 'P-256', x: jwk.x });
  const rsa = { kty: 'RSA', kid: 'r' };
  const certified = { ...jwk, x5c: ['MII'] };
  expect([rsa, certified].map(ownKey)).toEqual([rsa, certified]);
});
