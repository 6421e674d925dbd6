/**
 * Colours that people can read: the contrast of WCAG 2.2, and how far a colour has to be moved to reach it.
 */

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** WCAG 2.2 §1.4.3: for text of ordinary size. */
export const readableContrast = 4.5;

export const white: Colour = [255, 255, 255];
export const black: Colour = [0, 0, 0];

/** @param text `#rrggbb`; anything else is no colour that can be judged */
export function parseColour(text: string): Colour | null {
  const [, ...parts] = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text) ?? [];
  const [red, green, blue] = parts.map((part) => Number.parseInt(part, 16));
  return red === undefined || green === undefined || blue === undefined ? null : [red, green, blue];
}

/** @returns `#rrggbb` */
export function formatColour(colour: Colour): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** @returns 1 (the same) to 21 (black on white), as WCAG 2.2 defines the contrast ratio */
export function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** @returns the contrast to that of the grounds on which the colour is least readable */
export function leastContrast(colour: Colour, grounds: readonly Colour[]): number {
  return Math.min(...grounds.map((ground) => contrast(colour, ground)));
}

/** @returns the colour, moved towards black or white no further than it is readable on all grounds */
export function makeReadable(colour: Colour, grounds: readonly Colour[], towards: Colour): Colour {
  for (let share = 0; share < 1; share += 0.01) {
    const moved = mix(colour, towards, share);
    if (leastContrast(moved, grounds) >= readableContrast) return moved;
  }
  return towards;
}

/** @returns black or white, whichever is easier to read on the colour: one of them always is */
export function labelOn(colour: Colour): Colour {
  return contrast(white, colour) >= contrast(black, colour) ? white : black;
}

/** @param share of the second colour, 0 to 1 */
export function mix(one: Colour, other: Colour, share: number): Colour {
  const part = (index: 0 | 1 | 2) => Math.round(one[index] + (other[index] - one[index]) * share);
  return [part(0), part(1), part(2)];
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
