import { expect, it } from 'vitest';
import { plain, table, toJson } from './print.ts';

const hostile = 'a\u001b[31m\u009b2J\u202eb\u{1f511}\ud800\r\n';

it('text can not steer the terminal that it is read on', () => {
  expect(plain(hostile)).toBe('a\\u001b[31m\\u009b2J\\u202eb\u{1f511}\\ud800\\u000d\\u000a');
});

it('JSON can’t either, and says the same', () => {
  const json = toJson({ list: [hostile], '\u202e': null });
  expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(JSON.parse(json)).toEqual({ list: [hostile], '\u202e': null });
});

it('columns stand under their titles', () => {
  expect(
    table(
      ['A', 'B'],
      [
        ['long', 'x'],
        ['\u{1f511}', 'y'],
      ],
    ),
  ).toBe('A     B\nlong  x\n\u{1f511}     y');
});
