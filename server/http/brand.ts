/**
 * What the operator gives the pages: a logo, a colour, links, and who may sign up. All of it comes from the
 * configuration.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import { RpError } from '../errors.ts';
import type { AccentColours } from '../policy/brand.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import type { Values } from './templates.ts';

const logoPath = '/logo';
const stylePath = '/accent.css';

/** Their addresses say which version they are of, so that a new one is seen at once. */
export const forever = 'public, max-age=31536000, immutable';

/** What every page can show: an empty text is not there. */
export function brandValues(config: Config): Values {
  const { origin, rpName, logo, accent, links, signUp, apple } = config;
  return {
    ...{ origin, rpName },
    logo: logo === undefined ? '' : versioned(logoPath, logo.bytes),
    accent: accent === undefined ? '' : versioned(stylePath, accentStyle(accent)),
    // Whether the button is there.
    apple: apple?.servicesId ?? '',
    home: links.home ?? '',
    help: links.help ?? '',
    terms: links.terms ?? '',
    privacy: links.privacy ?? '',
    signUpOpen: signUp === 'open' ? signUp : '',
    signUpByInvitation: signUp === 'invitation' ? signUp : '',
    signUpClosed: signUp === 'closed' ? signUp : '',
  };
}

function versioned(path: string, contents: string | Uint8Array): string {
  return `${path}?${createHash('sha256').update(contents).digest('base64url').slice(0, 8)}`;
}

function accentStyle({ light, dark }: NonNullable<Config['accent']>): string {
  const rule = (colours: AccentColours) =>
    `:root{${Object.entries(colours)
      .map(([name, colour]) => `--${name}:${colour};`)
      .join('')}}`;
  return `${rule(light)}\n@media (prefers-color-scheme: dark){${rule(dark)}}\n`;
}

export const brand = [
  endpoint({
    id: 'logo',
    method: 'get',
    path: logoPath,
    summary: 'The logo of the site',
    who: 'anyone',
    answer: { 200: 'image/*' },
    codes: ['not_found'],
    when: ({ logo }) => logo !== undefined,
    handle: ({ config: { logo } }) => {
      if (logo === undefined) throw new RpError('not_found');
      return ok(logo.bytes, {
        headers: {
          'content-type': logo.type,
          // A picture may be opened by itself, and an SVG is a document then.
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
          'cache-control': forever,
        },
      });
    },
  }),
  endpoint({
    id: 'accentStyle',
    method: 'get',
    path: stylePath,
    summary: 'The colour of the site, as a style sheet',
    who: 'anyone',
    answer: { 200: 'text/css; charset=utf-8' },
    codes: ['not_found'],
    when: ({ accent }) => accent !== undefined,
    handle: ({ config: { accent } }) => {
      if (accent === undefined) throw new RpError('not_found');
      return ok(accentStyle(accent), { headers: { 'cache-control': forever } });
    },
  }),
];
