import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Accent, accentFrom, logoMaxBytes, pictureType } from '../policy/brand.ts';
import { isSecureUrl } from '../policy/origin.ts';
import { feature } from './feature.ts';

interface Logo {
  /** The media type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What the pages look like and lead to. Nothing that a request carries decides that. */
interface Branding {
  readonly logo: Logo | undefined;
  readonly accent: Accent | undefined;
  readonly links: {
    /** Where "Back to …" leads. */
    readonly home: string | undefined;
    readonly help: string | undefined;
    readonly terms: string | undefined;
    readonly privacy: string | undefined;
  };
}

/** A file, read once. */
const logo = z.string().transform((path, context): Logo => {
  try {
    const bytes = readFileSync(path);
    const type = pictureType(bytes);
    if (bytes.length > logoMaxBytes) context.addIssue(`expected at most ${logoMaxBytes} bytes`);
    else if (type === null) context.addIssue('expected a file in PNG, JPEG, WebP or SVG');
    else return { type, bytes };
  } catch (error) {
    context.addIssue(`expected a file: ${(error as Error).message}`);
  }
  return z.NEVER;
});

const accent = z.string().transform((text, context): Accent => {
  const found = accentFrom(text);
  if (typeof found !== 'string') return found;
  context.addIssue(found);
  return z.NEVER;
});

const link = z
  .string()
  .refine(
    (text) => URL.canParse(text) && isSecureUrl(new URL(text)),
    'expected https://… (http only for localhost)',
  );

const linkOrMail = z
  .string()
  .refine(
    (text) => URL.canParse(text) && (isSecureUrl(new URL(text)) || /^mailto:.+@/.test(text)),
    'expected https://… or mailto:…',
  );

export const branding = feature({
  fields: {
    LOGO: logo.optional(),
    ACCENT_COLOR: accent.optional(),
    HOME_URL: link.optional(),
    HELP_URL: linkOrMail.optional(),
    TERMS_URL: link.optional(),
    PRIVACY_URL: link.optional(),
  },
  settings: (values): Branding => ({
    logo: values.LOGO,
    accent: values.ACCENT_COLOR,
    links: {
      home: values.HOME_URL,
      help: values.HELP_URL,
      terms: values.TERMS_URL,
      privacy: values.PRIVACY_URL,
    },
  }),
});
