import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

/** What machines ask every few seconds: of interest only where it goes wrong. */
const routine: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

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
      const level = routine.has(path) && status === 200 ? 'debug' : 'info';
      log[level]({ method, path, status, ms, ...code }, finished ? 'answered' : 'given up');
    });
    next();
  };
}
