import { z } from 'zod';
import { normalizeDisplayName } from '../policy/username.ts';
import type { AppleName } from '../records/apple.ts';
import { address } from './token.ts';

/** What Apple tells of a person once, when they sign in for the first time, and signs with nothing. */
export interface ToldUser {
  readonly name: AppleName;
  /** To recognise the person by until their token is there, and for nothing else. */
  readonly email: string | null;
}

/** Longer than names are, and short enough for a cookie that holds both. */
const longest = 64;

const part = z
  .string()
  .max(1024)
  .transform((text) => {
    const clean = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
    return normalizeDisplayName([...clean].slice(0, longest).join(''));
  })
  .nullable()
  .catch(null)
  .default(null);

const told = z.object({
  name: z.object({ firstName: part, lastName: part }).nullable().catch(null).default(null),
  email: address.default(null),
});

/**
 * Reads what came as `user`: an object, or its JSON text. It is written by whoever sent it, so what is not as
 * expected in it counts as missing.
 *
 * @returns null if it tells no name
 */
export function readToldUser(user: unknown): ToldUser | null {
  const { success, data } = told.safeParse(typeof user === 'string' ? parse(user) : user);
  if (!success) return null;
  const givenName = data.name?.firstName ?? null;
  const familyName = data.name?.lastName ?? null;
  if (givenName === null && familyName === null) return null;
  return { name: { givenName, familyName }, email: data.email };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
