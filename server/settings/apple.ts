import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { feature } from './feature.ts';
import { list, origin } from './fields.ts';
import { serving } from './serving.ts';
import { originFrom, site } from './site.ts';

interface AppleSettings {
  readonly teamId: string;
  /** The teams whose persons are accepted, `teamId` first: during a transfer, the one of before is, too. */
  readonly teams: readonly string[];
  readonly keyId: string;
  /** Signs the client secrets: an EC key on P-256. */
  readonly key: KeyObject;
  /** The client of the web flow; null if only apps use Sign in with Apple. */
  readonly servicesId: string | null;
  /** The clients of the native flow. */
  readonly bundleIds: readonly string[];
  /** Where calls go. What tokens and secrets name stays Apple's. */
  readonly baseUrl: string;
  /** Where Apple posts the result of the web flow to. */
  readonly redirectUri: string;
}

interface AppleFeature {
  /** Null: off. */
  readonly apple: AppleSettings | null;
}

const applesOwn = 'https://appleid.apple.com';

const tenCharacters = z.string().regex(/^[A-Z0-9]{10}$/, 'expected ten capitals and digits');
const clientId = z
  .string()
  .regex(/^[\w-]+(\.[\w-]+)+$/, 'expected an identifier such as com.example.app');

/** The file that Apple's developer account gives out once: PKCS #8 in PEM. */
const keyFile = z.string().transform((path, context): KeyObject => {
  const problem = (words: string) => {
    context.addIssue(words);
    return z.NEVER;
  };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return problem(`expected a .p8 file: ${(error as Error).message}`);
  }
  try {
    const key = createPrivateKey(text);
    // Apple signs and verifies with ES256 alone (RFC 7518 §3.4).
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
    return problem('expected a key on P-256, as Apple makes them');
  } catch {
    // What the parser says may quote the key.
    return problem('expected a .p8 file: it holds no private key in PEM');
  }
});

type Values = Readonly<
  Record<'APPLE_TEAM_ID' | 'APPLE_KEY_ID' | 'APPLE_SERVICES_ID', string | undefined> & {
    APPLE_KEY: KeyObject | undefined;
    APPLE_BUNDLE_IDS: readonly string[];
  }
>;

const hasClient = (values: Values) =>
  values.APPLE_SERVICES_ID !== undefined || values.APPLE_BUNDLE_IDS.length > 0;

/** Whether somebody began to configure it: then all of it has to be there. */
const isBegun = (values: Values) =>
  hasClient(values) ||
  [values.APPLE_TEAM_ID, values.APPLE_KEY_ID, values.APPLE_KEY].some((each) => each !== undefined);

const required = (name: 'APPLE_TEAM_ID' | 'APPLE_KEY_ID' | 'APPLE_KEY') => (values: Values) =>
  isBegun(values) && values[name] === undefined
    ? `${name}: required for Sign in with Apple, as are all of its variables`
    : null;

export const apple = feature({
  fields: {
    APPLE_TEAM_ID: tenCharacters.optional(),
    APPLE_FORMER_TEAM_ID: tenCharacters.optional(),
    APPLE_KEY_ID: tenCharacters.optional(),
    APPLE_KEY: keyFile.optional(),
    APPLE_SERVICES_ID: clientId.optional(),
    APPLE_BUNDLE_IDS: list(clientId),
    APPLE_BASE_URL: origin.default(applesOwn),
  },
  reads: { PORT: serving.fields.PORT, ORIGIN: site.fields.ORIGIN },
  rules: [
    required('APPLE_TEAM_ID'),
    required('APPLE_KEY_ID'),
    required('APPLE_KEY'),
    ({ APPLE_TEAM_ID: team, APPLE_FORMER_TEAM_ID: former }) =>
      former !== undefined && former === team
        ? 'APPLE_FORMER_TEAM_ID: expected the team of before the transfer, not APPLE_TEAM_ID'
        : null,
    (values) =>
      isBegun(values) && !hasClient(values)
        ? 'APPLE_SERVICES_ID: required for Sign in with Apple, or else APPLE_BUNDLE_IDS'
        : null,
    ({ APPLE_SERVICES_ID: id, APPLE_BUNDLE_IDS: apps }) =>
      id !== undefined && apps.includes(id)
        ? `APPLE_SERVICES_ID: ${id} is one of APPLE_BUNDLE_IDS; a Services ID has a name of its own`
        : null,
    (values) =>
      values.APPLE_SERVICES_ID !== undefined &&
      values.APPLE_BASE_URL === applesOwn &&
      !originFrom(values).startsWith('https:')
        ? 'APPLE_SERVICES_ID: Apple redirects to https alone, and to no localhost: ORIGIN must be https'
        : null,
  ],
  settings: (values): AppleFeature => {
    const { APPLE_TEAM_ID: teamId, APPLE_KEY_ID: keyId, APPLE_KEY: key } = values;
    const former = values.APPLE_FORMER_TEAM_ID;
    if (teamId === undefined || keyId === undefined || key === undefined) return { apple: null };
    return {
      apple: Object.freeze({
        ...{ teamId, keyId, key },
        teams: former === undefined ? [teamId] : [teamId, former],
        servicesId: values.APPLE_SERVICES_ID ?? null,
        bundleIds: values.APPLE_BUNDLE_IDS,
        baseUrl: values.APPLE_BASE_URL,
        redirectUri: `${originFrom(values)}/api/apple/callback`,
      }),
    };
  },
});
