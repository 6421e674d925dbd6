/** What of the pages' looks an operator chooses: whether a colour and a picture will do. */
import {
  black,
  type Colour,
  formatColour,
  labelOn,
  leastContrast,
  makeReadable,
  mix,
  parseColour,
  readableContrast,
  white,
} from './contrast.ts';

type Scheme = 'light' | 'dark';

/** The colours that text and buttons of the accent's colour stand on, as in `public/style.css`. */
const grounds: Readonly<Record<Scheme, readonly Colour[]>> = {
  light: [white, [242, 242, 247], [233, 233, 238]],
  dark: [black, [28, 28, 30], [44, 44, 46]],
};

/** By the names of the custom properties that they become, `#rrggbb`. */
export interface AccentColours {
  readonly tint: string;
  readonly button: string;
  readonly 'button-pressed': string;
  readonly 'button-label': string;
}
export type Accent = Readonly<Record<Scheme, AccentColours>>;

/**
 * One colour is used as it is for buttons, and moved for text as far as it has to be read. Two, for light and for
 * dark pages, are used as they are.
 *
 * @param text `#rrggbb` or `#rrggbb,#rrggbb`
 * @returns the colours of both schemes, or what is wrong
 */
export function accentFrom(text: string): Accent | string {
  const [light, dark, ...rest] = text.split(',').map((part) => parseColour(part.trim()));
  if (!light || dark === null || rest.length > 0) {
    return 'expected a colour such as #0071e3, or two, for light and for dark pages: #0066cc,#409cff';
  }
  if (dark === undefined) {
    return {
      light: coloursOf(makeReadable(light, grounds.light, black), light),
      dark: coloursOf(makeReadable(light, grounds.dark, white), light),
    };
  }
  const problem = contrastProblem('light', light) ?? contrastProblem('dark', dark);
  return problem ?? { light: coloursOf(light, light), dark: coloursOf(dark, dark) };
}

function coloursOf(tint: Colour, button: Colour): AccentColours {
  const label = labelOn(button);
  // Away from the label, so that it stays as readable.
  const pressed = mix(button, label === white ? black : white, 0.15);
  return {
    tint: formatColour(tint),
    button: formatColour(button),
    'button-pressed': formatColour(pressed),
    'button-label': formatColour(label),
  };
}

function contrastProblem(scheme: Scheme, colour: Colour): string | null {
  const least = leastContrast(colour, grounds[scheme]);
  if (least >= readableContrast) return null;
  const towards = scheme === 'light' ? black : white;
  const instead = formatColour(makeReadable(colour, grounds[scheme], towards));
  const has = `${formatColour(colour)} has a contrast of ${least.toFixed(1)} on ${scheme} pages`;
  return `${has}, and ${readableContrast} is needed: ${instead} has it`;
}

export const logoMaxBytes = 256 * 1024;

/** How a file of each media type begins, its bytes read as Latin 1. */
const pictures: readonly (readonly [type: string, begins: (start: string) => boolean])[] = [
  ['image/png', (start) => start.startsWith('\x89PNG\r\n\x1a\n')],
  ['image/jpeg', (start) => start.startsWith('\xff\xd8\xff')],
  ['image/webp', (start) => start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP'],
  ['image/svg+xml', (start) => /^(?:\xef\xbb\xbf)?\s*<(?:[?!].*<)?svg\b/s.test(start)],
];

/** @returns the media type of a picture that all browsers show; null if the bytes are none */
export function pictureType(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  return pictures.find(([, begins]) => begins(start))?.[0] ?? null;
}
