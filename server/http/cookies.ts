import { parseCookie } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { findSession } from '../accounts/sessions.ts';
import { isBase64Url, toBase64Url } from '../base64url.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import type { Caller } from '../records/caller.ts';
import { isSessionToken } from '../records/session-token.ts';

/**
 * The two cookies: `session`, the opaque token of a signed-in browser, and `browser`, the random value
 * that challenges are bound to. Safari refuses Secure cookies on http://localhost, so `__Host-` and
 * Secure are for https alone.
 */
type CookieName = 'session' | 'browser';

export function cookieName(
  { secureCookies }: Pick<Config, 'secureCookies'>,
  name: CookieName,
): string {
  return secureCookies ? `__Host-latchkey-${name}` : `latchkey-${name}`;
}

function cookieOptions({ secureCookies }: Config): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure: secureCookies, path: '/' };
}

/** Who asks, as the cookies and headers of the request say. */
export async function identifyCaller(deps: Deps, request: Request): Promise<Caller> {
  const cookies = parseCookie(request.headers.cookie ?? '');
  const browser = cookies[cookieName(deps.config, 'browser')] ?? '';
  const token = cookies[cookieName(deps.config, 'session')] ?? '';
  return {
    browser: browser.length === 43 && isBase64Url(browser) ? browser : null,
    ...(await findSession(deps, isSessionToken(token) ? token : null)),
    userAgent: request.get('user-agent')?.slice(0, 256) ?? null,
    country: readCountry(deps.config, request),
  };
}

/** Only a header that the operator has named counts: then a proxy of theirs writes it. */
function readCountry({ countryHeader }: Config, request: Request): string | null {
  const value = countryHeader === undefined ? undefined : request.get(countryHeader);
  return value !== undefined && /^[A-Z]{2}$/.test(value) ? value : null;
}

/** The caller with a browser cookie: the one it sent, else a new one. */
export function ensureBrowser(
  { config, random }: Deps,
  caller: Caller,
  response: Response,
): Caller & { readonly browser: string } {
  if (caller.browser !== null) return { ...caller, browser: caller.browser };
  const browser = toBase64Url(random(32));
  response.cookie(cookieName(config, 'browser'), browser, cookieOptions(config));
  return { ...caller, browser };
}

export function setSessionCookie({ config }: Deps, response: Response, token: string): void {
  response.cookie(cookieName(config, 'session'), token, {
    ...cookieOptions(config),
    maxAge: config.sessionTtlSeconds * 1000,
  });
}

export function clearSessionCookie({ config }: Deps, response: Response): void {
  response.clearCookie(cookieName(config, 'session'), cookieOptions(config));
}
