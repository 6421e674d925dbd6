import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  black,
  type Colour,
  contrast,
  formatColour,
  labelOn,
  leastContrast,
  makeReadable,
  parseColour,
  readableContrast,
  white,
} from './contrast.ts';

const part = fc.integer({ min: 0, max: 255 });
const colours: fc.Arbitrary<Colour> = fc.tuple(part, part, part);

describe('contrast', () => {
  it('is that of WCAG', () => {
    expect(contrast(black, white)).toBeCloseTo(21, 5);
    expect(contrast(white, white)).toBe(1);
    expect(contrast([119, 119, 119], white)).toBeCloseTo(4.48, 2);
    expect(contrast([118, 118, 118], white)).toBeCloseTo(4.54, 2);
  });

  it('does not depend on which is the text', () => {
    fc.assert(fc.property(colours, colours, (a, b) => contrast(a, b) === contrast(b, a)));
  });
});

describe('a label', () => {
  it('can be read on any colour', () => {
    fc.assert(
      fc.property(colours, (colour) => contrast(labelOn(colour), colour) >= readableContrast),
    );
  });
});

describe('a colour that is made readable', () => {
  it.each([
    ['light', [white, [242, 242, 247]], black],
    ['dark', [black, [44, 44, 46]], white],
  ] as const)('is readable on %s grounds, whatever it was', (_, grounds, towards) => {
    fc.assert(
      fc.property(
        colours,
        (colour) =>
          leastContrast(makeReadable(colour, grounds, towards), grounds) >= readableContrast,
      ),
    );
  });

  it('stays as it is if it is readable', () => {
    expect(makeReadable([0, 80, 160], [white], black)).toEqual([0, 80, 160]);
  });
});

describe('a colour as text', () => {
  it('is read and written', () => {
    expect(parseColour('#0A71e3')).toEqual([10, 113, 227]);
    fc.assert(fc.property(colours, (c) => String(parseColour(formatColour(c))) === String(c)));
  });

  it.each(['', 'blue', '#fff', '#0071e', '#0071e3ff', 'rgb(0 0 0)', '#00 1e3'])(
    'is not %s',
    (text) => {
      expect(parseColour(text)).toBeNull();
    },
  );
});
