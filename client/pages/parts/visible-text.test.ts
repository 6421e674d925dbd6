import { expect, test } from 'vitest';
import { visibleText } from './visible-text.ts';

test.each([
  ['a zero-width space', 'ann\u200b'],
  ['a byte order mark', '\ufeffann'],
  ['directions, as around a copied contact', '\u202aann\u202c'],
  ['isolates', '\u2068ann\u2069'],
  ['a soft hyphen', 'an\u00adn'],
  ['a word joiner', 'a\u2060nn'],
  ['a Hangul filler', 'ann\u3164'],
  ['an empty Braille cell', 'ann\u2800'],
  ['a line break', 'ann\n'],
  ['a variation selector', 'ann\ufe0f'],
])('%s is taken out', (_, text) => {
  expect(visibleText(text)).toBe('ann');
});

test.each(['ann', 'weiß', 'ann@example.com', 'やまだ', 'नमस्ते', '🙂', 'a b'])('%s stays', (text) => {
  expect(visibleText(text)).toBe(text);
});
