import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { derSignature, isDerSignature } from './ecdsa-signature.ts';

const { privateKey, publicKey: signer } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

describe('the DER spelling of an ES256 signature', () => {
  it('is what every signature comes in', () => {
    for (let index = 0; index < 500; index++) {
      expect(isDerSignature(sign('sha256', Buffer.from(String(index)), privateKey))).toBe(true);
    }
  });

  it.each([
    ['two small integers', '3006020101020101', true],
    ['nothing', '', false],
    ['no sequence', '3106020101020101', false],
    ['a length that says less', '3005020101020101', false],
    ['a length that says more', '3007020101020101', false],
    ['a length in the long form', '308106020101020101', false],
    ['a byte after it', '300602010102010100', false],
    ['a byte after it, counted in', '300702010102010100', false],
    ['one integer alone', '3003020101', false],
    ['an integer of no bytes', '30050200020101', false],
    ['a negative integer', '3006020181020101', false],
    ['a zero too many', '300702020001020101', false],
    ['no integer', '3006030101020101', false],
    ['an integer longer than the sequence', '3006020101020201', false],
  ])('%s: %s is %s', (_name, bytes, expected) => {
    expect(isDerSignature(hex(bytes))).toBe(expected);
  });

  it.each([
    ['small numbers', '0001', '0002', '3006020101020102'],
    ['numbers whose first bit is set', '80ff', 'ff01', '300a02030080ff020300ff01'],
    ['a zero', '0000', '7f00', '300702010002027f00'],
  ])('of %s is the one spelling', (_name, r, s, expected) => {
    const der = derSignature(hex(r + s));
    expect(Buffer.from(der).toString('hex')).toBe(expected);
    expect(isDerSignature(der)).toBe(true);
  });

  it('of every signature is one that verifies', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (let index = 0; index < 500; index++) {
      const data = Buffer.from(String(index));
      const numbers = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const der = derSignature(numbers);
      expect(isDerSignature(der)).toBe(true);
      expect(verify('sha256', data, signer, der)).toBe(true);
      expect(verify('sha256', data, publicKey, der)).toBe(false);
    }
  });
});
