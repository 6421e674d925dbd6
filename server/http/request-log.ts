import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

/**
 * One line a request, when it is answered. Only what can't hold a secret is in it: no header, no query,
 * no body.
 */
export function logRequests(log: Logger): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    const { method, path } = request;
    response.once('close', () => {
      const { statusCode: status, writableFinished: finished, locals } = response;
      const ms = Math.round((performance.now() - began) * 10) / 10;
      const code = locals.code === undefined ? {} : { code: locals.code, why: locals.why };
      log.info({ method, path, status, ms, ...code }, finished ? 'answered' : 'given up');
    });
    next();
  };
}
