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

test.each(['malformed-key', 'malformed-signature'])(
  'whoever’s browser makes a %s is told what to change',
  (reason) => {
    const { text } = explain(new Problem(400, { code: 'verification_failed', reason }));
    expect(text).toContain('Update it, or use another');
  },
);

test('a reason that is new has the words of the code', () => {
  const { text } = explain(new Problem(400, { code: 'verification_failed', reason: 'new' }));
  expect(text).toContain('could not be checked');
});

test('too many tries: until when', () => {
  expect(explain(new Problem(429, { code: 'too_many_requests', retryAfter: 40 })).text).toContain(
    'try again in 40 seconds',
  );
  expect(problem('too_many_requests').text).toContain('wait a moment');
});

test('what was cancelled is named by whoever knows it', () => {
  expect(explain(new DOMException('', 'NotAllowedError'), 'Nothing was deleted.')).toEqual({
    tone: 'hint',
    text: 'Nothing was deleted.',
  });
});

test('a page has words of its own', () => {
  const error = new Problem(404, { code: 'not_found', title: 'There is nothing here.' });
  expect(explain(error).text).toBe('There is nothing here.');
  expect(explain(error, undefined, { not_found: 'It is gone.' }).text).toBe('It is gone.');
});
