import { expect, test } from 'vitest';
import { Problem } from '../../library/problem.ts';
import { explainUpgrade } from './explain-upgrade.ts';

test('a prompt that was closed has changed nothing, and that is said', () => {
  expect(explainUpgrade(new DOMException('', 'NotAllowedError'))).toEqual({
    tone: 'hint',
    text: 'Nothing has changed. You can try again.',
  });
});

test('a passkey that did not open this session is to be used first', () => {
  const { text } = explainUpgrade(new Problem(400, { code: 'invalid_request' }));
  expect(text).toContain('Sign in with the passkey');
});

test('everything else is said as everywhere', () => {
  expect(explainUpgrade(new Problem(0, { code: 'unreachable' })).text).toContain(
    'can’t be reached',
  );
});
