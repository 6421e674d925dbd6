import { parseCookie, type SetCookie, stringifySetCookie } from 'cookie';
import type { Config } from '../config.ts';

/**
 * The cookies: `session`, the opaque token of a signed-in browser, and `browser`, the random value
 * that challenges are bound to; and for the minutes of a sign-in with Apple what Apple posted, the name that
 * came with it, and what the next page is to say. Safari refuses Secure cookies on http://localhost, so `__Host-`
 * and Secure are for https alone.
 */
type CookieName = 'session' | 'browser' | 'apple-post' | 'apple-name' | 'apple-said';

/** A cookie to be kept by the browser, or with null to be forgotten. */
export interface CookieChange {
  readonly name: string;
  readonly value: string | null;
  /** Undefined: as long as the browser runs. */
  readonly maxAgeSeconds?: number;
  /** `none` only for a cookie that a call from another site has to bring. */
  readonly sameSite?: 'lax' | 'none';
  /** If it is kept at another site than ours: whether that has https. */
  readonly secure?: boolean;
}

export function cookieName(
  { secureCookies }: Pick<Config, 'secureCookies'>,
  name: CookieName,
): string {
  return secureCookies ? `__Host-latchkey-${name}` : `latchkey-${name}`;
}

/** @param header the `Cookie` header of a request */
export function readCookies(header = ''): Readonly<Record<string, string | undefined>> {
  return parseCookie(header);
}

/** Signs the browser in. */
export function keepSession(config: Config, token: string): CookieChange {
  return {
    name: cookieName(config, 'session'),
    value: token,
    maxAgeSeconds: config.sessionTtlSeconds,
  };
}

/** Signs the browser out. */
export function forgetSession(config: Config): CookieChange {
  return { name: cookieName(config, 'session'), value: null };
}

/** The `Set-Cookie` line. */
export function cookieLine(
  { secureCookies }: Pick<Config, 'secureCookies'>,
  { name, value, maxAgeSeconds, sameSite = 'lax', secure = secureCookies }: CookieChange,
): string {
  const cookie: SetCookie = {
    name,
    value: value ?? '',
    httpOnly: true,
    sameSite,
    secure,
    path: '/',
  };
  if (value === null) return stringifySetCookie({ ...cookie, maxAge: 0, expires: new Date(0) });
  return stringifySetCookie(
    maxAgeSeconds === undefined ? cookie : { ...cookie, maxAge: maxAgeSeconds },
  );
}
