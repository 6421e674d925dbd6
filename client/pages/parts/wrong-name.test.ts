import { expect, test } from 'vitest';
import { Problem } from '../../library/problem.ts';
import { names } from '../../words/en.ts';
import { wrongName } from './wrong-name.ts';

const fine = { username: 'ann', displayName: 'Ann Example' };
const refused = (detail: string, values: Partial<typeof fine> = {}) =>
  wrongName(new Problem(400, { code: 'invalid_request', detail }), { ...fine, ...values });

test('the field that the server names is blamed', () => {
  expect(refused('displayName: 1 to 256 bytes of text')?.field).toBe('displayName');
  expect(refused('username: 1 to 256 bytes')?.field).toBe('username');
});

test('a long name of the person does not mark the user name', () => {
  const displayName = '長'.repeat(86);
  expect(refused('username and displayName: 1 to 256 bytes', { displayName })).toEqual({
    field: 'displayName',
    text: names.tooLong,
  });
});

test.each([
  ['', names.usernameMissing],
  ['ann example', names.noSpaces],
  ['a'.repeat(257), names.tooLong],
  ['ann\ue000', names.unusable],
])('the user name “%s” gets a sentence of its own', (username, text) => {
  expect(refused('username: not one', { username })).toEqual({ field: 'username', text });
});

test('a name of spaces in it is not said to have none', () => {
  expect(refused('displayName: 1 to 256 bytes', { displayName: 'Ann B' })?.text).toBe(
    names.unusable,
  );
});

test('a user name that is taken is wrong with the user name', () => {
  const taken = wrongName(new Problem(409, { code: 'username_taken' }), fine);
  expect(taken?.field).toBe('username');
});

test.each([
  new Problem(400, { code: 'invalid_request', detail: 'hints: expected array' }),
  new Problem(400, { code: 'invalid_request' }),
  new Problem(400, { code: 'challenge_invalid' }),
  new DOMException('', 'NotAllowedError'),
])('%s is not about a name', (error) => {
  expect(wrongName(error, fine)).toBeUndefined();
});
