import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes } from './bytes.ts';

const spellings: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  base64url: (bytes) => bytes.toString('base64url'),
  'padded base64': (bytes) => bytes.toString('base64'),
  'unpadded base64': (bytes) => bytes.toString('base64').replaceAll('=', ''),
  'hexadecimal of PostgreSQL': (bytes) => `\\x${bytes.toString('hex')}`,
  'JSON of a Buffer': (bytes) => bytes.toJSON(),
  'JSON of a Uint8Array': (bytes) => ({ ...bytes }),
  'an array': (bytes) => [...bytes],
};

describe('bytes', () => {
  it.each(Object.entries(spellings))('are read from %s', (_name, spell) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const given = JSON.parse(JSON.stringify(spell(Buffer.from(bytes))));
        expect(readBytes(given)).toEqual(bytes);
      }),
    );
  });

  it.each([
    [null],
    [7],
    ['a'],
    ['aGk=='],
    ['a b'],
    // Stray bits in the last character: a second spelling of what is `aGk`.
    ['aGl'],
    ['\\xabc'],
    [[256]],
    [['a']],
    [{ 1: 7 }],
    [{ type: 'Buffer', data: 'aGk' }],
    [Array.from({ length: 8193 }, () => 0)],
  ])('are not read from %j', (given) => {
    expect(readBytes(given)).toBeNull();
  });
});
