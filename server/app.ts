import type { ServerResponse } from 'node:http';
import type { Config } from './config.ts';
import type { Deps } from './deps.ts';
import { RpError } from './errors.ts';
import { endpointsFor } from './http/endpoints.ts';
import { filesRouter } from './http/files.ts';
import { type Incoming, isPlainPath, originForm, pathOf } from './http/middleware/incoming.ts';
import { mount, newRouter } from './http/mount.ts';
import { oidcRouter } from './http/oidc.ts';
import { createSite } from './http/site.ts';
import { readTemplate } from './http/templates.ts';

/**
 * Answers what is asked of Latchkey. Called without `next`, as `node:http` calls it, it answers everything. With
 * `next`, as Express calls middleware, it leaves what is not its own alone: no header is set, nothing is logged.
 */
export type App = (request: Incoming, response: ServerResponse, next?: () => void) => void;

/** @returns the page, in HTML, for a browser whose cookies are more than a request can hold */
export function tooManyCookies({ origin, rpName }: Config): string {
  return readTemplate('too-many-cookies.html', { rpName, host: new URL(origin).host })();
}

/** RFC 9110 §9.3.7: what `OPTIONS *` is told, because it asks the server and none of its paths. */
const everyMethod = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

type Route = (
  request: Incoming,
  response: ServerResponse,
  leave: (error?: unknown) => void,
) => void;

/** The whole application behind one handler. */
export function buildApp(deps: Deps): App {
  const site = createSite(deps);
  // Express's router asks of a request nothing but what node:http makes.
  const route = newRouter()
    .use(oidcRouter(deps, site))
    .use(mount(deps, site, endpointsFor(deps.config)))
    .use(filesRouter(site)) as unknown as Route;

  return (request, response, next) => {
    const { method, url = '', originalUrl = url } = request;
    const leave = (error?: unknown) => {
      if (next !== undefined && error === undefined) {
        Object.assign(request, { url, originalUrl });
        return next();
      }
      const thrown = error ?? new RpError('not_found');
      site.fail(request, response, site.begin(request, response), thrown);
    };
    if (!url.startsWith('/')) {
      Object.assign(request, {
        url: originForm(url, method),
        originalUrl: originForm(originalUrl, method),
      });
      if (next === undefined && method === 'OPTIONS' && request.url === '*') {
        site.begin(request, response);
        response.writeHead(204, { allow: everyMethod }).end();
        return;
      }
    }
    if (!isPlainPath(pathOf(request))) return leave();
    route(request, response, leave);
  };
}
