import { expect, test } from 'vitest';
import { beginLine, moment, soon, when } from './when.ts';

const now = new Date(2026, 2, 10, 0, 30);
const at = (...parts: [number, number, number, number]) => new Date(...parts).toISOString();

test.each([
  ['today', at(2026, 2, 10, 0)],
  ['yesterday', at(2026, 2, 9, 23)],
  ['6 days ago', at(2026, 2, 4, 12)],
  ['Mar 3, 2026', at(2026, 2, 3, 12)],
  ['Dec 31, 2025', at(2025, 11, 31, 12)],
])('%s', (words, time) => {
  expect(when(time, now, 'en')).toBe(words);
});

test('a day is written as in the country of the person', () => {
  expect(when(at(2026, 2, 3, 12), now, 'en-GB')).toBe('3 Mar 2026');
});

test('a clock that runs ahead of ours gives a date, not a riddle', () => {
  expect(when(at(2026, 2, 12, 12), now, 'en')).toBe('Mar 12, 2026');
});

test('a moment is told to the minute, with the hours that the person is used to', () => {
  const time = new Date(2026, 2, 9, 14, 5).toISOString();
  expect(moment(time, now, 'en', 'h12')).toMatch(/^yesterday, 2:05\sPM$/);
  expect(moment(time, now, 'en', 'h23')).toBe('yesterday, 14:05');
});

test('a text that begins a line has a capital letter', () => {
  expect(beginLine('yesterday, 14:05')).toBe('Yesterday, 14:05');
  expect(beginLine('')).toBe('');
});

test.each([
  [1, 'in 1 second'],
  [90, 'in 90 seconds'],
  [91, 'in 2 minutes'],
  [600, 'in 10 minutes'],
])('a wait of %i seconds ends %s', (seconds, words) => {
  expect(soon(seconds, 'en')).toBe(words);
});
