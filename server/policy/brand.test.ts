import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Accent, accentFrom, pictureType } from './brand.ts';
import { contrast, formatColour, parseColour } from './contrast.ts';

/** The grounds are those of the style sheet, or what is checked here says nothing of the pages. */
const style = readFileSync(new URL('../../public/style.css', import.meta.url), 'utf8');
const [light = '', dark = ''] = style.split('@media (prefers-color-scheme: dark)');
const groundsIn = (rules: string) =>
  ['page', 'card', 'fill'].map((name) => new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(rules)?.[1]);

const between = (one = '', other = '') => {
  const [a, b] = [parseColour(one), parseColour(other)];
  return a && b ? contrast(a, b) : 0;
};

const part = fc.integer({ min: 0, max: 255 });
const colours = fc.tuple(part, part, part).map(formatColour);

describe('an accent of one colour', () => {
  it('can be read on every page, whatever colour it is', () => {
    fc.assert(
      fc.property(colours, (colour) => {
        const accent = accentFrom(colour) as Accent;
        const schemes = [
          [accent.light, groundsIn(light)],
          [accent.dark, groundsIn(dark)],
        ] as const;
        return schemes.every(
          ([of, grounds]) =>
            grounds.every((ground) => between(of.tint, ground) >= 4.5) &&
            between(of['button-label'], of.button) >= 4.5 &&
            between(of['button-label'], of['button-pressed']) >= 4.5,
        );
      }),
    );
  });

  it('is that of the buttons, as it is', () => {
    expect(accentFrom('#FFCC00')).toMatchObject({
      light: { button: '#ffcc00', 'button-label': '#000000' },
      dark: { button: '#ffcc00', tint: '#ffcc00' },
    });
  });
});

describe('an accent of two colours', () => {
  it('is used as it is', () => {
    expect(accentFrom('#0066cc, #409cff')).toMatchObject({
      light: { tint: '#0066cc' },
      dark: { tint: '#409cff' },
    });
  });

  it.each([
    ['#ffcc00,#409cff', '#ffcc00 has a contrast of 1.2 on light pages'],
    ['#0066cc,#0066cc', '#0066cc has a contrast of 2.5 on dark pages'],
  ])('is refused if one can’t be read: %s', (text, problem) => {
    expect(accentFrom(text)).toContain(problem);
  });

  it('that is refused comes with one that would do', () => {
    const [, instead = ''] =
      /: (#[0-9a-f]{6}) has it$/.exec(String(accentFrom('#ffcc00,#fff000'))) ?? [];
    expect(accentFrom(`${instead},#fff000`)).toBeTypeOf('object');
  });
});

it.each(['', 'red', '#fff', '#0066cc,', '#0066cc,red', '#000000,#ffffff,#ff0000', 'url(x)'])(
  '“%s” is no accent',
  (text) => {
    expect(accentFrom(text)).toContain('expected a colour');
  },
);

describe('a picture', () => {
  const bytes = (text: string) => Buffer.from(text, 'latin1');

  it.each([
    ['image/png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
    ['image/jpeg', '\xff\xd8\xff\xe0'],
    ['image/webp', 'RIFF\x10\0\0\0WEBPVP8 '],
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    [
      'image/svg+xml',
      '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a key -->\n<svg viewBox="0 0 1 1"></svg>',
    ],
  ])('is known as %s by how it begins', (type, text) => {
    expect(pictureType(bytes(text))).toBe(type);
  });

  it.each([
    '',
    'GIF89a',
    '<html><svg></svg></html>',
    '<svgfoo>',
    'BM',
    '<?xml version="1.0"?><html/>',
  ])('is not “%s”', (text) => {
    expect(pictureType(bytes(text))).toBeNull();
  });
});
