import { expect, test } from 'vitest';
import { moment, when } from './when.ts';

const now = new Date(2026, 2, 10, 0, 30);
const at = (...parts: [number, number, number, number]) => new Date(...parts).toISOString();

test.each([
  ['today', at(2026, 2, 10, 0)],
  ['yesterday', at(2026, 2, 9, 23)],
  ['6 days ago', at(2026, 2, 4, 12)],
  ['Mar 3, 2026', at(2026, 2, 3, 12)],
  ['Dec 31, 2025', at(2025, 11, 31, 12)],
])('%s', (words, time) => {
  expect(when(time, now)).toBe(words);
});

test('a clock that runs ahead of ours gives a date, not a riddle', () => {
  expect(when(at(2026, 2, 12, 12), now)).toBe('Mar 12, 2026');
});

test('a moment is told to the minute', () => {
  expect(moment(new Date(2026, 2, 9, 14, 5).toISOString(), now)).toMatch(/^Yesterday, 2:05\sPM$/);
});
