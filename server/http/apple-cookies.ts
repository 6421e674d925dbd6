/** The cookies of a sign-in with Apple, each for the minutes of one journey. */
import { z } from 'zod';
import type { KeptPost } from '../apple/web-flow.ts';
import type { Config } from '../config.ts';
import { type CookieChange, cookieName, readCookies } from './cookies.ts';

const saidForSeconds = 60;

/** What the next page tells the person: a code of an error, or that the account is new. */
const said = z.enum([
  'welcome',
  'apple_unavailable',
  'apple_misconfigured',
  'apple_not_allowed',
  'apple_taken',
  'apple_linked',
  'account_disabled',
  'sign_up_closed',
  'username_taken',
  'challenge_invalid',
]);

export type Said = z.output<typeof said>;

/** What can't be told apart from these is nothing that a person could act on. */
export function saidOf(code: string): Said {
  return said.safeParse(code).data ?? 'challenge_invalid';
}

export function keepPosted(config: Config, { posted, name }: KeptPost): CookieChange[] {
  const maxAgeSeconds = config.challengeTtlSeconds;
  const keep = (cookie: 'apple-post' | 'apple-name', value: string) => ({
    ...{ name: cookieName(config, cookie), value, maxAgeSeconds },
  });
  return [keep('apple-post', posted), ...(name === null ? [] : [keep('apple-name', name)])];
}

export function readPosted(config: Config, header: string | undefined) {
  const cookies = readCookies(header);
  return {
    posted: cookies[cookieName(config, 'apple-post')],
    name: cookies[cookieName(config, 'apple-name')],
  };
}

/** The name stays until it is of use, because Apple tells it once. */
export function forgetPosted(config: Config, { nameToo }: { readonly nameToo: boolean }) {
  const names = ['apple-post', ...(nameToo ? ['apple-name' as const] : [])] as const;
  return names.map((name): CookieChange => ({ name: cookieName(config, name), value: null }));
}

export function say(config: Config, value: Said): CookieChange {
  return { name: cookieName(config, 'apple-said'), value, maxAgeSeconds: saidForSeconds };
}

/** What was said for this page, which says it once. */
export function takeSaid(
  config: Config,
  header: string | undefined,
): { readonly said: Said | null; readonly cookies: readonly CookieChange[] } {
  const name = cookieName(config, 'apple-said');
  const value = readCookies(header)[name];
  if (value === undefined) return { said: null, cookies: [] };
  return { said: said.safeParse(value).data ?? null, cookies: [{ name, value: null }] };
}
