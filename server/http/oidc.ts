/** Leads to the OpenID provider, which reads and answers its requests itself. */
import type { ServerResponse } from 'node:http';
import type { Router } from 'express';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { addressKey } from '../limits/address-key.ts';
import { ensureBrowser, identifyCaller } from './caller.ts';
import { cookieLine, forgetSession } from './cookies.ts';
import { readBody } from './middleware/body.ts';
import type { Incoming } from './middleware/incoming.ts';
import { requireSameOrigin } from './middleware/same-origin.ts';
import { newRouter } from './mount.ts';
import { providerPages } from './provider-pages.ts';
import type { Site } from './site.ts';

/** RFC 8414 §3.1: the path of the issuer stands behind. Some clients do the same for OpenID's document. */
const elsewhere: Readonly<Record<string, string>> = {
  '/.well-known/oauth-authorization-server/oidc': '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration/oidc': '/.well-known/openid-configuration',
};

const challenge = '/challenge';

/** Where apps send a browser, by a link or by a form. */
const byBrowser = ['/authorize', '/logout'];

/** A request has to fit into 16 KiB, with its cookies. */
const longestQuery = 8 * 1024;

/** What writes to the database, whoever asks. */
const limited = ['/authorize', '/par', challenge];

/** A router of the provider; of nothing, if there are no apps. */
export function oidcRouter(deps: Deps, site: Site): Router {
  const router = newRouter();
  const { config, oidc } = deps;
  if (oidc === null) return router;
  const pagesIn = providerPages(config);

  async function handle(request: Incoming, response: ServerResponse, path: string): Promise<void> {
    const outcome = site.begin(request, response, { route: `/oidc${knownPath(path)}` });
    try {
      if (!isSpelledOurWay(path)) throw new RpError('not_found');
      if (limited.includes(path)) {
        await deps.rateLimiter.take('authorize-by-address', addressKey(site.addressOf(request)));
      }
      if (byBrowser.includes(path) && request.method === 'POST') {
        return redirectToGet(response, path, await readForm(request));
      }
      let caller = await identifyCaller(deps, request);
      // A browser cookie is what an interaction is bound to.
      if (path === '/authorize') {
        const known = ensureBrowser(deps, caller);
        ({ caller } = known);
        for (const cookie of known.cookies)
          response.appendHeader('set-cookie', cookieLine(config, cookie));
      }
      const signedOut = () =>
        void response.appendHeader('set-cookie', cookieLine(config, forgetSession(config)));
      const pages = pagesIn(request.headers['accept-language']);
      const mayFetch = () =>
        isWithin(deps.rateLimiter.take('fetch-by-address', addressKey(site.addressOf(request))));
      const visitor = { caller, pages, signedOut, mayFetch };
      if (path === challenge && request.method === 'POST') {
        requireSameOrigin(config, request);
        await oidc?.challenge(visitor, request, response, await readForm(request));
      } else {
        await oidc?.handle(visitor, request, response);
      }
    } catch (thrown) {
      site.fail(request, response, outcome, thrown);
    }
  }

  router.use('/oidc', (request, response) => {
    const [path = '/'] = request.url.split('?', 1);
    void handle(request as unknown as Incoming, response, path);
  });
  for (const [place, path] of Object.entries(elsewhere)) {
    router.all(place, (request, response) => {
      Object.assign(request, { url: path, originalUrl: `/oidc${path}` });
      void handle(request as unknown as Incoming, response, path);
    });
  }
  return router;
}

/**
 * OpenID Connect Core 1.0 §3.1.2.1 and RP-Initiated Logout 1.0 §2: a request may be a form of another site. It
 * comes without our cookies, which are `SameSite=Lax`, so whoever is signed in would be nobody, and the browser
 * a new one.
 */
function redirectToGet(
  response: ServerResponse,
  path: string,
  form: Readonly<Record<string, string>>,
): void {
  const query = new URLSearchParams(form).toString();
  if (query.length > longestQuery) throw new RpError('payload_too_large');
  response.writeHead(303, { location: `/oidc${path}?${query}`, 'content-length': 0 }).end();
}

async function isWithin(taking: Promise<void>): Promise<boolean> {
  try {
    await taking;
    return true;
  } catch (error) {
    if (error instanceof RpError && error.code === 'too_many_requests') return false;
    throw error;
  }
}

async function readForm(request: Incoming): Promise<Readonly<Record<string, string>>> {
  return ((await readBody(request, 'form')) ?? {}) as Readonly<Record<string, string>>;
}

/** What metrics are counted by must not be made up by whoever asks. */
const paths =
  /^\/(authorize|par|token|userinfo|jwks|introspect|revoke|logout|challenge|\.well-known\/[a-z-]+)$/;

/** The library ignores case. Ours have one spelling, so that nothing walks around a limit or a cookie. */
function isSpelledOurWay(path: string): boolean {
  const fixed = path.replace(/^\/authorize\/.*/, '');
  return fixed === fixed.toLowerCase();
}

function knownPath(path: string): string {
  if (paths.test(path)) return path;
  return path.startsWith('/authorize/') ? '/authorize/:uid' : '/other';
}
