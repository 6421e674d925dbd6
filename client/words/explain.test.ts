import { expect, test } from 'vitest';
import { Problem } from '../library/problem.ts';
import { explain } from './explain.ts';

const problem = (code: string, title?: string) =>
  explain(new Problem(400, { code, ...(title && { title }) }));

test.each(['NotAllowedError', 'AbortError'])('%s is a hint, not an error', (name) => {
  expect(explain(new DOMException('The operation is not allowed', name)).tone).toBe('hint');
});

test('a passkey that is already on the device is good to have: a hint, not an error', () => {
  expect(explain(new DOMException('excluded', 'InvalidStateError'))).toEqual({
    tone: 'hint',
    text: 'This device already has a passkey for this account.',
  });
});

test('a server out of reach: nothing was lost', () => {
  expect(problem('unreachable').text).toContain('Nothing was lost');
});

test('a known code has our words, not the title', () => {
  expect(problem('username_taken', 'Conflict').text).toContain('is taken');
});

test('a passkey of a kind that the account may not have: what to take instead', () => {
  expect(problem('authenticator_not_allowed').text).toContain('Use another device');
});

test('a passkey that the browser keeps for another domain: what to try instead', () => {
  expect(explain(new DOMException('not related', 'SecurityError')).text).toContain('Try another');
});

test('an unknown code falls back to the title, then to something general', () => {
  expect(problem('brand_new', 'The moon is in the way.').text).toBe('The moon is in the way.');
  expect(problem('brand_new').text).toBe('Something went wrong. Please try again.');
});

test.each([undefined, 'text', new TypeError('x is not a function')])(
  'nothing technical reaches the person: %s',
  (thrown) => {
    expect(explain(thrown).text).toBe('Something went wrong. Please try again.');
  },
);
