import { expect, test } from 'vitest';
import { locale } from './locale.ts';

test('dates are written as in the variety of the page’s language that the person prefers', () => {
  expect(locale(['en-GB', 'en', 'de'])).toBe('en-GB');
  expect(locale(['de-DE', 'en-NZ'])).toBe('en-NZ');
});

test('a sentence does not change its language at a date', () => {
  expect(locale(['de-DE', 'fr'])).toBe('en');
  expect(locale([])).toBe('en');
});

test('a language whose tag only begins alike is another one', () => {
  expect(locale(['enm'])).toBe('en');
});
