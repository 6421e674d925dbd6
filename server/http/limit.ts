import type { Request, RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import { addressKey, type RateLimit } from '../limits/table.ts';

const changing = ['PATCH', 'PUT', 'DELETE'];

/** Counts a request against the address it comes from, which is a proxy's word only if configured. */
export function takeByAddress({ rateLimiter }: Deps, limit: RateLimit, request: Request) {
  return rateLimiter.take(limit, addressKey(request.ip));
}

/** The same as a step before a route. */
export function limitByAddress(deps: Deps, limit: RateLimit): RequestHandler {
  return async (request, _response, next) => {
    await takeByAddress(deps, limit, request);
    next();
  };
}

/** Limits whatever changes something, by its method. */
export function limitChanges(deps: Deps): RequestHandler {
  return async (request, _response, next) => {
    if (changing.includes(request.method)) await takeByAddress(deps, 'change-by-address', request);
    next();
  };
}
