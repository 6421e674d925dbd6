/**
 * The members of a line, each with its own words for what it must be: whoever made the file reads them
 * beside the number of the line.
 */
import { z } from 'zod';
import { toBase64Url } from '../../base64url.ts';
import {
  displayNameForm,
  normalizeDisplayName,
  normalizeUsername,
  usernameForm,
} from '../../policy/username.ts';
import { sanitiseTransports } from '../../webauthn/transports.ts';
import { readBytes } from './bytes.ts';
import { parseJson } from './parse-json.ts';
import { type BadKey, fromCose, fromJwk, fromSpki, type PublicKey } from './public-key.ts';
import { type HandleSpelling, readUserHandle } from './user-handles.ts';

/** A member that reads whatever JSON holds; `read` gives null where it is not what is expected. */
function field<Value>(expected: string, read: (given: unknown) => Value | null) {
  return z.unknown().transform((given, context): Value => {
    const value = given === undefined || given === null ? null : read(given);
    if (value !== null) return value;
    const isMissing = given === undefined || given === null;
    context.addIssue(isMissing ? `missing: expected ${expected}` : `expected ${expected}`);
    return z.NEVER;
  });
}

const isMissing = (given: unknown) => given === undefined || given === null || given === '';

/** Databases say null for what they do not have, and some say it with an empty text. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((given) => (isMissing(given) ? undefined : given), schema.optional());

const text = (least: number, most: number) => (given: unknown) =>
  typeof given === 'string' && given.length >= least && given.length <= most ? given : null;

const bytesOf = (least: number, most: number) => (given: unknown) => {
  const bytes = readBytes(given);
  return bytes === null || bytes.length < least || bytes.length > most ? null : toBase64Url(bytes);
};

/** WebAuthn L3 §7.1 step 25 */
const anyCredentialId = field('1 to 1023 bytes in base64url', bytesOf(1, 1023));
const digits = /^(?:[\da-f]{16,}|[\dA-F]{16,})$/;

/** Hexadecimal digits are base64url too, but then of another ID, under which nobody could sign in. */
export const credentialId = z
  .unknown()
  .transform((given, context): unknown => {
    if (typeof given !== 'string' || !digits.test(given)) return given;
    context.addIssue('could be base64url or hexadecimal digits: write \\x before digits');
    return z.NEVER;
  })
  .pipe(anyCredentialId);

/** @param spelling how the file spells user handles that are texts */
export function userHandle(spelling: HandleSpelling | undefined) {
  return z.unknown().transform((given, context): string => {
    const isThere = given !== undefined && given !== null;
    const read = isThere
      ? readUserHandle(given, spelling)
      : { problem: 'missing: expected 1 to 64 bytes in base64url' };
    if ('handle' in read) return read.handle;
    context.addIssue(read.problem);
    return z.NEVER;
  });
}

/** The same for a passkey with one of its own: empty if nobody kept it, undefined if it has none. */
export function ownUserHandle(spelling: HandleSpelling | undefined) {
  const own = z.unknown().transform((given, context): string | undefined => {
    if (given === '' || given === null) return given ?? undefined;
    const read = readUserHandle(given, spelling);
    if ('handle' in read) return read.handle;
    context.addIssue(read.problem);
    return z.NEVER;
  });
  return own.optional();
}

export const username = field(`a user name: ${usernameForm}`, (given) =>
  typeof given === 'string' ? normalizeUsername(given) : null,
);
export const shownName = field(displayNameForm, (given) =>
  typeof given === 'string' ? normalizeDisplayName(given) : null,
);

function key(read: (given: unknown) => PublicKey | BadKey) {
  return z.unknown().transform((given, context): PublicKey => {
    const found = read(given);
    if (!('problem' in found)) return found;
    context.addIssue(found.problem);
    return z.NEVER;
  });
}

export const coseKey = key(fromCose);
export const spkiKey = key(fromSpki);
export const jwkKey = key(fromJwk);

/** WebAuthn L3 §6.1: 32 bits. Databases with 64 give them as text. */
export const signCount = field('a counter from 0 to 4294967295', (given) => {
  const count = typeof given === 'string' && /^\d{1,10}$/.test(given) ? Number(given) : given;
  const fits = Number.isInteger(count) && (count as number) >= 0 && (count as number) < 2 ** 32;
  return fits ? (count as number) : null;
});

/** SQLite says 0 and 1, and text columns say the same in letters. */
export const flag = field('true or false', (given) => {
  const text = String(given).toLowerCase();
  if (typeof given === 'object') return null;
  if (['true', 't', '1'].includes(text)) return true;
  return ['false', 'f', '0'].includes(text) ? false : null;
});

/** An array; or a text column with JSON, with an array of PostgreSQL, or with commas between the elements. */
export const transports = field('an array of texts', (given) => {
  const list = typeof given === 'string' ? readList(given) : given;
  const isList = Array.isArray(list) && list.every((each) => typeof each === 'string');
  return isList ? sanitiseTransports(list) : null;
});

function readList(text: string): unknown {
  if (text.startsWith('[')) return parseJson(text);
  return text
    .replace(/^\{(.*)\}$/, '$1')
    .split(',')
    .map((each) => each.trim().replace(/^"(.*)"$/, '$1'))
    .filter((each) => each !== '');
}

export const aaguid = field('a UUID', (given) =>
  typeof given === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(given)
    ? given.toLowerCase()
    : null,
);

const dateTime = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d(?::\d\d)?)?$/;
/** The end of the year 9999. */
const lastMoment = 253_402_300_799_999;

/** Later than this in seconds, and 1973 in milliseconds: no number of one is taken for the other. */
const lastSecond = 100_000_000_000;

/**
 * ISO 8601, as JSON and SQL write it, UTC if no zone is named; or a number since 1970: milliseconds, or seconds as
 * many databases have it.
 */
export const time = field('a time in ISO 8601', readTime);

function readTime(given: unknown): number | null {
  const isNumber = typeof given === 'string' && /^\d+(\.\d+)?$/.test(given);
  const stated = isNumber ? Number(given) : given;
  const moment = typeof stated === 'number' ? inMilliseconds(stated) : parseTime(String(stated));
  return Number.isInteger(moment) && moment >= 0 && moment <= lastMoment ? moment : null;
}

function inMilliseconds(moment: number): number {
  return Math.round(moment < lastSecond ? moment * 1000 : moment);
}

/** A time, or `never`. */
export const lastUse = field('a time in ISO 8601, or never', (given) =>
  given === 'never' ? given : readTime(given),
);

function parseTime(given: string): number {
  const [, date, clock, zone = 'Z'] = dateTime.exec(given) ?? [];
  return Date.parse(`${date}T${clock}${zone.length === 3 ? `${zone}:00` : zone}`);
}

export const rpId = field('a domain in lower case', (given) =>
  typeof given === 'string' && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(given) && given.length <= 253
    ? given
    : null,
);

export const policyName = field('the name of a policy', text(1, 64));
export const userAgent = field('1 to 512 characters', text(1, 512));
export const country = field('two letters', (given) =>
  typeof given === 'string' && /^[A-Z]{2}$/.test(given) ? given : null,
);

export const appleTeam = field('ten capitals and digits', (given) =>
  typeof given === 'string' && /^[A-Z0-9]{10}$/.test(given) ? given : null,
);
export const appleSubject = field('1 to 255 characters', text(1, 255));

export function oneOf<const Value extends string>(...values: readonly Value[]) {
  return field(values.join(' or '), (given) => values.find((value) => value === given) ?? null);
}
