/**
 * Forward auth for Caddy, nginx and Traefik: the proxy asks here, for each request, whether it may pass it on.
 *
 * Guarantees: what a proxy says of the request counts only if that proxy is trusted, and only the sites that
 * are configured are there.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { askedOrigin, hasTicket, returnTarget } from '../policy/return-to.ts';
import { goOn } from '../proxies/go-on.ts';
import { type Asked, judge, type Verdict } from '../proxies/judge.ts';
import { identifyCaller } from './caller.ts';
import { type CookieChange, cookieLine, readCookies } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { isTrustedPeer } from './middleware/client-address.ts';
import { ok, seeOther } from './reply.ts';
import { demandOf, forwardAuthQuery, wayOf, wayToSite } from './schemas/forward-auth.ts';
import { redirection } from './schemas/interactions.ts';

const hasSites = ({ forwardAuthOrigins }: Config) => forwardAuthOrigins.length > 0;

export const forwardAuth = [
  endpoint({
    id: 'forwardAuth',
    method: 'get',
    path: '/api/forward-auth',
    summary: 'Whether a proxy may pass a request on, and who sends it',
    description:
      '200 with `Remote-User` and more, or 303 to the sign-in page. With `status=401`, as nginx wants it, 401 with ' +
      'a `Location`.',
    // The site that is asked for is not ours, nor are its cookies.
    who: 'anyone',
    when: hasSites,
    query: forwardAuthQuery,
    answer: { 200: null, 303: null },
    codes: [
      'too_many_requests',
      'unauthenticated',
      'step_up_required',
      'site_unknown',
      'account_changed',
      'unavailable',
    ],
    handle: async (deps, { addressOf, query, raw: { request } }) => {
      const asked = readAsked(deps.config, request, demandOf(query));
      // A ticket is spent by a write; nothing else is written here.
      if (hasTicket(asked.url)) await deps.rateLimiter.take('authorize-by-address', addressOf());
      const own = async () => {
        const { session, user } = await identifyCaller(deps, request);
        return session === null || user === null ? null : { session, user };
      };
      const verdict = await judge(deps, asked, own);
      if (verdict.kind === 'pass') return ok(null, { headers: identityHeaders(verdict) });
      if (verdict.kind === 'refuse') throw refusal(verdict);
      const cookies = keep(deps, asked, verdict);
      if (query.status === undefined) return seeOther(verdict.to, { cookies });
      const lines = cookies.map((cookie) => cookieLine(deps.config, cookie));
      throw new RpError('unauthenticated', {
        headers: { location: verdict.to, ...(lines[0] && { 'set-cookie': lines[0] }) },
      });
    },
  }),
  endpoint({
    id: 'finishForwardAuth',
    method: 'post',
    path: '/api/forward-auth/finish',
    summary: 'Goes on to a site behind a proxy with the session that there is',
    who: 'visitor',
    when: hasSites,
    limit: 'authorize-by-address',
    body: wayToSite,
    answer: { 200: redirection },
    codes: ['unauthenticated', 'step_up_required', 'assurance_unmet', 'site_unknown'],
    handle: async (deps, { caller, body }) =>
      ok({ redirectTo: await goOn(deps, caller, wayOf(body)) }),
  }),
];

/** @throws {RpError} `site_unknown`, `invalid_request` */
function readAsked(config: Config, request: IncomingMessage, demand: Asked['demand']): Asked {
  const { headers } = request;
  if (!isTrustedPeer(config, request)) throw unknown(`${request.socket.remoteAddress} is no proxy`);
  const [proto, host] = [one(headers, 'proto'), one(headers, 'host')];
  const origin = askedOrigin({ proto, host }, config.forwardAuthOrigins);
  if (origin === null) throw unknown(`${proto}://${host}`.slice(0, 200));
  const uri = one(headers, 'uri');
  // RFC 9112 §3.2.1: an absolute path is all that a site is asked for.
  if (!uri.startsWith('/')) {
    throw new RpError('invalid_request', { publicDetail: 'X-Forwarded-Uri: expected a path' });
  }
  const cookie = readCookies(headers.cookie)[visitCookie(origin)];
  const isRead = ['GET', 'HEAD', ''].includes(one(headers, 'method'));
  const url = origin + uri;
  const canReturn = isRead && url.length <= longestUrl && returnTarget(url, [origin]) !== null;
  return {
    ...{ origin, url, demand },
    // What a form has sent is gone by then, and its address may answer no GET.
    returnTo: canReturn ? url : `${origin}/`,
    isNavigation: isNavigation(headers),
    cookie: cookie !== undefined && /^[\w-]{43,1000}$/.test(cookie) ? cookie : null,
  };
}

const longestUrl = 4096;

const unknown = (detail: string) => new RpError('site_unknown', { detail });

/** What a proxy forwards of the request, if it stands there once. */
function one(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[`x-forwarded-${name}`];
  return typeof value === 'string' ? value : '';
}

/** Fetch Metadata tells; what lacks it tells by what it accepts. */
function isNavigation({
  upgrade,
  accept = '',
  'sec-fetch-mode': mode,
}: IncomingHttpHeaders): boolean {
  if (upgrade !== undefined) return false;
  return mode === undefined ? /\btext\/html\b/.test(accept) : mode === 'navigate';
}

/** Browsers keep the cookies of all ports of a host together. */
function visitCookie(origin: string): string {
  const { port, protocol } = new URL(origin);
  const name = port === '' ? 'latchkey-visit' : `latchkey-visit-${port}`;
  return protocol === 'https:' ? `__Host-${name}` : name;
}

/** One line at most: nginx passes no more on. */
function keep(
  { config }: Pick<Deps, 'config'>,
  { origin }: Asked,
  { keep: value }: Verdict & { kind: 'lead' },
): CookieChange[] {
  if (value === null) return [];
  const secure = origin.startsWith('https:');
  const maxAgeSeconds = config.sessionTtlSeconds;
  return [{ name: visitCookie(origin), value, maxAgeSeconds, secure }];
}

function refusal({ why }: Verdict & { kind: 'refuse' }): RpError {
  if (why === 'too-weak') return new RpError('step_up_required');
  if (why === 'signed-out') return new RpError('unauthenticated');
  const publicDetail = 'Cookies are blocked. Allow them for this site, then load the page again.';
  return new RpError('unauthenticated', { detail: 'the browser keeps no cookie', publicDetail });
}

/**
 * None is ever empty: a proxy that copies only what is there would leave the header of the client in its place.
 */
function identityHeaders({
  identity: { user, acr, amr, authenticatedAt },
}: Verdict & { kind: 'pass' }): Readonly<Record<string, string>> {
  return {
    'remote-user': headerText(user.username),
    'remote-name': headerText(user.displayName),
    'remote-user-id': user.id,
    // OpenID Connect Core §2: `0` is less than what any level asks for.
    'remote-acr': acr ?? '0',
    'remote-amr': amr.join(' ') || 'none',
    'remote-auth-time': String(Math.floor(authenticatedAt / 1000)),
  };
}

/** RFC 9110 §5.5: bytes, in which servers find UTF-8. Node takes a character for each. */
function headerText(text: string): string {
  return Buffer.from(text.replaceAll(/\p{Cc}/gu, ' ')).toString('latin1');
}
