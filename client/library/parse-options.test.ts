import { expect, test } from 'vitest';
import { parseCreationOptions, parseRequestOptions } from './parse-options.ts';

/** Node has no PublicKeyCredential, so these are the conversions by hand. */

const bytes = (...values: number[]) => new Uint8Array(values).buffer;

test('request options: challenge, credentials and PRF inputs become bytes', () => {
  const parsed = parseRequestOptions({
    challenge: 'AQID',
    rpId: 'example.com',
    timeout: 1000,
    userVerification: 'required',
    allowCredentials: [{ id: '_-8', type: 'public-key', transports: ['internal'] }],
    extensions: {
      credProps: true,
      prf: { eval: { first: 'AQ' }, evalByCredential: { '_-8': { first: 'Ag', second: 'Aw' } } },
    },
  });
  expect(parsed).toEqual({
    challenge: bytes(1, 2, 3),
    rpId: 'example.com',
    timeout: 1000,
    userVerification: 'required',
    allowCredentials: [{ id: bytes(255, 239), type: 'public-key', transports: ['internal'] }],
    extensions: {
      credProps: true,
      prf: {
        eval: { first: bytes(1) },
        evalByCredential: { '_-8': { first: bytes(2), second: bytes(3) } },
      },
    },
  });
});

test('request options: nothing but a challenge is enough', () => {
  expect(parseRequestOptions({ challenge: 'AQ' })).toEqual({
    challenge: bytes(1),
    allowCredentials: [],
    extensions: {},
  });
});

test('creation options: challenge, user handle and excluded credentials become bytes', () => {
  const parsed = parseCreationOptions({
    challenge: 'AQID',
    rp: { id: 'example.com', name: 'Example' },
    user: { id: 'BAU', name: 'anna', displayName: 'Anna' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    excludeCredentials: [{ id: 'Bg', type: 'public-key' }],
    extensions: { prf: {} },
  });
  expect(parsed).toEqual({
    challenge: bytes(1, 2, 3),
    rp: { id: 'example.com', name: 'Example' },
    user: { id: bytes(4, 5), name: 'anna', displayName: 'Anna' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    excludeCredentials: [{ id: bytes(6), type: 'public-key' }],
    extensions: { prf: {} },
  });
});
