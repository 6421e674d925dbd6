import { describe, expect, it } from 'vitest';
import { base64url, concat, utf8 } from '../testing/authenticator-data.ts';
import { parseClientData } from './client-data.ts';

const good = { type: 'webauthn.get', challenge: 'AAAA', origin: 'https://example.org' };
const encode = (value: unknown) => base64url(utf8(JSON.stringify(value)));
/** Good client data that begins otherwise. */
const raw = (beginning: string) => base64url(utf8(JSON.stringify(good).replace('{', beginning)));

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

  it.each([
    ['in two objects', '{"a":{"b":1},"c":{"b":1},"d":[{"b":1},{"b":1}],"b":1,'],
    ['as a value', '{"a":"type","b":"origin:","c":"\\",\\"origin\\":",'],
    ['in a list', '{"a":["b","b"],"b":["b"],'],
    [
      'after a slash that is escaped, as Apple’s systems write it',
      '{"a":"https:\\/\\/example.org",',
    ],
  ])('may say a word twice %s', (_where, beginning) => {
    expect(parseClientData(raw(beginning))).toMatchObject(good);
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
    ['with a member twice', raw('{"origin":"https://evil.example",')],
    ['with a member twice that says the same', raw('{"type":"webauthn.get",')],
    ['with a member twice in two spellings', raw('{"\\u006frigin":"https://evil.example",')],
    ['with a member twice that nobody knows', raw('{"a":1,"b":[{}],"a":1,')],
    ['with a member twice further in', raw('{"a":[{"b":{"c":1,"d":2,"c":1}}],')],
    ['with a member twice, spaced out', raw('{ "origin" : "" ,\n"origin"\t: "" ,')],
    ['with two members that every object has', raw('{"__proto__":1,"__proto__":2,')],
  ];

  it.each(refused)('%s', (_claim, value) => {
    expect(() => parseClientData(value as string)).toThrow(
      expect.objectContaining({ name: 'RpError', code: 'invalid_request' }),
    );
  });
});
