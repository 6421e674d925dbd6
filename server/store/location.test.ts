import { expect, it } from 'vitest';
import { folderBeside, parseDatabaseUrl } from './location.ts';

it.each([
  ['file:data/a.db', { kind: 'file', path: 'data/a.db' }, 'data'],
  [
    'file:/var/lib/latchkey/a.db',
    { kind: 'file', path: '/var/lib/latchkey/a.db' },
    '/var/lib/latchkey',
  ],
  ['file::memory:', { kind: 'memory' }, 'data'],
  ['postgres://me@db/x', { kind: 'postgres', url: 'postgres://me@db/x' }, 'data'],
  ['postgresql://db/x', { kind: 'postgres', url: 'postgresql://db/x' }, 'data'],
])('%s is a database, with files beside it', (text, location, folder) => {
  expect(parseDatabaseUrl(text)).toEqual(location);
  expect(folderBeside(parseDatabaseUrl(text))).toBe(folder);
});

it.each(['', 'file:', 'data/a.db', 'postgres://', 'mysql://root:hush@localhost/x'])(
  '"%s" is none, and is not repeated',
  (text) => {
    expect(() => parseDatabaseUrl(text)).toThrow(TypeError);
    expect(() => parseDatabaseUrl(text)).not.toThrow(/hush/);
  },
);
