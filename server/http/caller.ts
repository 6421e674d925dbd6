/** Who asks, as the cookies and headers of the request say. */
import type { IncomingMessage } from 'node:http';
import { findSession } from '../accounts/sessions.ts';
import { isBase64Url, toBase64Url } from '../base64url.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { Caller } from '../records/caller.ts';
import { isRestricted } from '../records/session.ts';
import { isSessionToken } from '../records/session-token.ts';
import { type CookieChange, cookieName, readCookies } from './cookies.ts';

/** In it a call says whose page it is made from: the user handle of the account that the page shows. */
export const userHeader = 'latchkey-user';

/**
 * A session that can only add a passkey is none for whoever does not ask for `restricted` ones too.
 *
 * @throws {RpError} `account_changed` if somebody else is signed in than the request says
 */
export async function identifyCaller(
  deps: Deps,
  request: IncomingMessage,
  { restricted = false } = {},
): Promise<Caller> {
  const caller = await readCaller(deps, request);
  const hidden = caller.session !== null && isRestricted(caller.session) && !restricted;
  return hidden ? { ...caller, session: null, user: null } : caller;
}

async function readCaller(deps: Deps, { headers }: IncomingMessage): Promise<Caller> {
  const { config } = deps;
  const cookies = readCookies(headers.cookie);
  const browser = cookies[cookieName(config, 'browser')] ?? '';
  const token = cookies[cookieName(config, 'session')] ?? '';
  const { session, user } = await findSession(deps, isSessionToken(token) ? token : null);
  const expected = headers[userHeader];
  if (user !== null && expected !== undefined && expected !== user.id) {
    throw new RpError('account_changed');
  }
  return {
    browser: browser.length === 43 && isBase64Url(browser) ? browser : null,
    session,
    user,
    userAgent: headers['user-agent']?.slice(0, 256) ?? null,
    country: readCountry(config, headers),
  };
}

/** Only a header that the operator has named counts: then a proxy of theirs writes it. */
function readCountry(
  { countryHeader }: Config,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | null {
  const value = countryHeader === undefined ? undefined : headers[countryHeader];
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value) ? value : null;
}

/** The caller with a browser cookie: the one it sent, else a new one, which is to be kept. */
export function ensureBrowser(
  { config, random }: Deps,
  caller: Caller,
): { caller: Caller & { readonly browser: string }; cookies: readonly CookieChange[] } {
  if (caller.browser !== null)
    return { caller: { ...caller, browser: caller.browser }, cookies: [] };
  const browser = toBase64Url(random(32));
  return {
    caller: { ...caller, browser },
    cookies: [{ name: cookieName(config, 'browser'), value: browser }],
  };
}
