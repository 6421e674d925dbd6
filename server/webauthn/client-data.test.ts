import { describe, expect, it } from 'vitest';
import { base64url, concat, utf8 } from '../testing/authenticator-data.ts';
import { parseClientData } from './client-data.ts';

const good = { type: 'webauthn.get', challenge: 'AAAA', origin: 'https://example.org' };
const encode = (value: unknown) => base64url(utf8(JSON.stringify(value)));

describe('client data', () => {
  it('comes with the bytes it was read from', () => {
    const bytes = utf8(`  ${JSON.stringify({ ...good, crossOrigin: false, more: [1] })}\n`);
    expect(parseClientData(base64url(bytes))).toEqual({ ...good, crossOrigin: false, bytes });
  });

  it('may say who embeds us', () => {
    const embedded = { crossOrigin: true, topOrigin: 'https://top.example' };
    expect(parseClientData(encode({ ...good, ...embedded }))).toMatchObject(embedded);
  });

  it('leaves out what was not said', () => {
    expect(Object.keys(parseClientData(encode(good)))).toEqual([
      'type',
      'challenge',
      'origin',
      'bytes',
    ]);
  });

  // WebAuthn L3 §7.1 step 5: "UTF-8 decode" strips it
  it('may begin with a byte order mark', () => {
    const marked = concat(Uint8Array.of(0xef, 0xbb, 0xbf), utf8(JSON.stringify(good)));
    expect(parseClientData(base64url(marked))).toMatchObject(good);
  });
});

describe('client data is refused', () => {
  const text = encode(good);
  const invalidUtf8 = utf8(JSON.stringify(good)).with(10, 0xff);
  const refused: [string, unknown][] = [
    ['as padded base64', `${text}=`],
    ['as base64 with stray bits', base64url(utf8('{}{}')).replace(/.$/, 'R')],
    ['with a space in it', `${text.slice(0, 8)} ${text.slice(8)}`],
    ['in the other alphabet', '++//'],
    ['when it is not text', 7],
    ['when it is missing', undefined],
    ['when it is empty', ''],
    ['when it is not UTF-8', base64url(invalidUtf8)],
    ['in UTF-16', base64url(Buffer.from(JSON.stringify(good), 'utf16le'))],
    ['when it is not JSON', base64url(utf8('type=webauthn.get'))],
    ['with something after it', base64url(utf8(`${JSON.stringify(good)} {}`))],
    ['when it is null', encode(null)],
    ['when it is an array', encode([good])],
    ['when it is a string', encode('webauthn.get')],
    ['without a type', encode({ ...good, type: undefined })],
    ['without a challenge', encode({ ...good, challenge: undefined })],
    ['without an origin', encode({ ...good, origin: undefined })],
    ['with an origin that is a list', encode({ ...good, origin: [good.origin] })],
    ['with crossOrigin in words', encode({ ...good, crossOrigin: 'false' })],
    ['with crossOrigin null', encode({ ...good, crossOrigin: null })],
    ['with topOrigin that is no text', encode({ ...good, topOrigin: null })],
  ];

  it.each(refused)('%s', (_claim, value) => {
    expect(() => parseClientData(value as string)).toThrow(
      expect.objectContaining({ name: 'RpError', code: 'invalid_request' }),
    );
  });
});
