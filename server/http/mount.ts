/**
 * Turns rows into routes. Every request goes the same way: same origin, rate limit, body, caller, handler,
 * answer. Checks that cost little come before those that cost more.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Router } from 'express';
import type { z } from 'zod';
import { requireOwner } from '../accounts/owner.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { addressKey } from '../limits/address-key.ts';
import { isRestricted } from '../records/session.ts';
import { identifyCaller } from './caller.ts';
import { type Endpoint, isSafe } from './endpoint.ts';
import { fieldsOf, readBody } from './middleware/body.ts';
import { type Incoming, queryOf } from './middleware/incoming.ts';
import type { Outcome } from './middleware/outcome.ts';
import { requireSameOrigin } from './middleware/same-origin.ts';
import { requireOperatorKey } from './operator-key.ts';
import type { Reply } from './reply.ts';
import { respond } from './respond.ts';
import type { Site } from './site.ts';

/** Paths have one spelling: case matters, and so does a slash at the end. */
export function newRouter(): Router {
  return Router({ caseSensitive: true, strict: true });
}

/** @returns a router that answers these rows and passes on every other request */
export function mount(deps: Deps, site: Site, rows: readonly Endpoint[]): Router {
  const router = newRouter();
  const fixed = new Map<string, Handler>();
  for (const row of rows) {
    const handler = handle(deps, site, row);
    if (!row.path.includes('{')) fixed.set(`${row.method} ${row.path}`, handler);
    else router[row.method](routeOf(row), handler);
  }
  for (const [route, sharing] of Map.groupBy(rows, routeOf)) {
    const handler = allow(site, sharing);
    if (!route.includes(':')) fixed.set(`options ${route}`, handler);
    else router.options(route, handler);
  }
  // A look-up: Express's router tries every path, one after the other.
  const first = newRouter().use((request, response, next) => {
    const [path] = request.url.split('?', 1);
    // RFC 9110 §9.3.2: `HEAD` is `GET` without the body.
    const method = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
    const found = fixed.get(`${method} ${path}`);
    if (found === undefined) next();
    else void found(request as unknown as Incoming, response as unknown as ServerResponse);
  });
  return first.use(router);
}

type Handler = (request: Incoming, response: ServerResponse) => void | Promise<void>;

/** RFC 9110 §9.3.7: the methods of a path. Express's own answer would lack our headers. */
function allow(site: Site, rows: readonly Endpoint[]) {
  const methods = rows.map(({ method }) => (method === 'get' ? 'GET, HEAD' : method.toUpperCase()));
  return (request: Incoming, response: ServerResponse): void => {
    site.begin(request, response);
    response.writeHead(204, { allow: methods.join(', ') }).end();
  };
}

/** As Express writes a path, and as the metrics name it. */
function routeOf({ path }: Endpoint): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function handle(deps: Deps, site: Site, row: Endpoint) {
  const route = routeOf(row);
  return async (request: Incoming, response: ServerResponse): Promise<void> => {
    const outcome = site.begin(request, response, { route, completes: row.ceremony ?? null });
    try {
      const reply = await answer(deps, site, row, request, response, outcome);
      outcome.ceremony = reply.ceremony ?? null;
      respond(deps.config, response, row.answer[reply.status], reply);
    } catch (thrown) {
      site.fail(request, response, outcome, thrown, row);
    }
  };
}

async function answer(
  deps: Deps,
  site: Site,
  row: Endpoint,
  request: Incoming,
  response: ServerResponse,
  outcome: Outcome,
): Promise<Reply> {
  if (!isSafe(row) && !row.crossSite) requireSameOrigin(deps.config, request);
  const addressOf = () => addressKey(site.addressOf(request));
  if (row.limit !== undefined) await deps.rateLimiter.take(row.limit, addressOf());
  const operator =
    row.who === 'operator' ? await operatorOf(deps, row, request, addressOf(), outcome) : null;
  const sent = isSafe(row) ? undefined : await readBody(request, row.encoding ?? 'json');
  const body = row.body && judge(row.body, sent ?? {});
  const query = queryOf(request);
  return row.handle(deps, {
    params: request.params,
    caller: operator ?? (await callerOf(deps, row, request)),
    body,
    addressOf,
    query: row.query ? judge(row.query, fieldsOf(query)) : query,
    raw: { request, response },
  });
}

async function callerOf(deps: Deps, { who, restricted }: Endpoint, request: IncomingMessage) {
  if (who === 'anyone') return null;
  if (who === 'visitor') return identifyCaller(deps, request, { restricted: restricted ?? false });
  const owner = requireOwner(await identifyCaller(deps, request, { restricted: true }));
  if (isRestricted(owner.session) && !restricted) throw new RpError('recovery_required');
  return owner;
}

/** Before the body is read: who has no key sends none. The log names the key. */
async function operatorOf(
  deps: Deps,
  { scope }: Endpoint,
  request: IncomingMessage,
  address: string,
  outcome: Outcome,
) {
  const key = await requireOperatorKey(deps, request, address, scope);
  outcome.operatorKey = key.id;
  return key;
}

/** @throws {RpError} `invalid_request`, whose detail names each bad member */
function judge<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const named = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new RpError('invalid_request', { publicDetail: named.join('; ').slice(0, 500) });
}
