import { describe, expect, it } from 'vitest';
import { account, parse, parseSpelling, withCredential } from '../../testing/import-lines.ts';
import { isAmbiguous, spellHandle } from './user-handles.ts';

const uuid = '4c1f0c59-5d3f-4035-bc11-9be15b8d3068';
const digits = uuid.replaceAll('-', '');
const bytes = Buffer.from(digits, 'hex').toString('base64url');
const textOf = (text: string) => Buffer.from(text).toString('base64url');
const ambiguous = [
  'could be base64url, the text of an ID, or the bytes of a UUID or of hexadecimal digits:',
  'say which with --user-handles',
].join(' ');

const handleOf = (line: unknown) => (line as { user: { id: string } }).user.id;

describe('a user handle that is a text', () => {
  it.each([uuid, uuid.toUpperCase(), digits, digits.toUpperCase(), '1042', 'deadbeef'])(
    '%s is refused until somebody says what it is',
    (userHandle) => {
      expect(parse({ ...account, userHandle })).toEqual({
        problems: [`userHandle: ${ambiguous}`],
      });
      expect(parse(withCredential({ userHandle }))).toEqual({
        problems: [`credentials[0].userHandle: ${ambiguous}`],
      });
    },
  );

  it.each([
    ['text', uuid, textOf(uuid)],
    ['uuid', uuid, bytes],
    ['uuid', digits, bytes],
    ['hex', digits, bytes],
    ['hex', digits.toUpperCase(), bytes],
    ['base64url', digits, digits],
    ['text', '1042', textOf('1042')],
    ['text', 'ann@example.org', textOf('ann@example.org')],
  ] as const)('is read as %s: %s', (spelling, userHandle, handle) => {
    expect(handleOf(parseSpelling(spelling, { ...account, userHandle }))).toBe(handle);
  });

  it.each([
    ['uuid', 'bob', 'expected 1 to 64 bytes of a UUID'],
    ['hex', 'abc', 'expected 1 to 64 bytes in hexadecimal digits'],
    ['text', 'x'.repeat(65), 'expected 1 to 64 bytes of text'],
    ['base64url', 'a b', 'expected 1 to 64 bytes in base64url'],
    ['text', '', 'expected 1 to 64 bytes of text'],
  ] as const)('is not read as %s: %j', (spelling, userHandle, problem) => {
    expect(parseSpelling(spelling, { ...account, userHandle })).toEqual({
      problems: [`userHandle: ${problem}`],
    });
  });

  it('is that of a row of another server too', () => {
    const { credentials, ...rest } = account;
    const [own] = credentials;
    const row = { ...own, user: { username: 'bob' }, webauthnUserID: uuid };
    expect(parse(row)).toEqual({ problems: [`webauthnUserID: ${ambiguous}`] });
    expect(handleOf(parseSpelling('text', row))).toBe(textOf(uuid));
    expect(rest.username).toBe('bob');
  });

  it('is bytes all the same if it is spelt as bytes', () => {
    const spelt = [`\\x${digits}`, { type: 'Buffer', data: [...Buffer.from(digits, 'hex')] }];
    for (const userHandle of spelt) {
      expect(handleOf(parse({ ...account, userHandle }))).toBe(bytes);
      expect(handleOf(parseSpelling('text', { ...account, userHandle }))).toBe(bytes);
    }
  });
});

it('a handle is exported so that it is read as what it is', () => {
  for (const handle of ['lwSTTvRNNs6q6UW3jkVWYg', digits, 'deadbeef', '10421042']) {
    const userHandle = spellHandle(handle);
    expect(handleOf(parse({ ...account, userHandle }))).toBe(handle);
  }
  expect(spellHandle('lwSTTvRNNs6q6UW3jkVWYg')).toBe('lwSTTvRNNs6q6UW3jkVWYg');
  expect(isAmbiguous('lwSTTvRNNs6q6UW3jkVWYg')).toBe(false);
});
