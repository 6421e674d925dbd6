import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type Incoming, pathOf } from './incoming.ts';
import type { Outcome } from './outcome.ts';

/** What machines ask every few seconds: of interest only if it goes wrong. */
const routine: ReadonlySet<string> = new Set([
  ...['/healthz', '/readyz', '/metrics', '/api/forward-auth'],
]);

/** No path of ours is longer; what a stranger makes up must not fill the log. */
const longestPath = 256;

/**
 * One line a request, when it is answered. Only what can't hold a secret is in it: no header, no query,
 * no body.
 */
export function logRequest(
  log: Logger,
  request: Incoming,
  response: ServerResponse,
  outcome: Outcome,
): void {
  const began = performance.now();
  const { method } = request;
  const path = pathOf(request).slice(0, longestPath);
  response.once('close', () => {
    const { statusCode: status, writableFinished: finished } = response;
    const ms = Math.round((performance.now() - began) * 10) / 10;
    const code = outcome.code === null ? {} : { code: outcome.code, why: outcome.why ?? undefined };
    const key = outcome.operatorKey === null ? {} : { operatorKey: outcome.operatorKey };
    const level = routine.has(path) && status === 200 ? 'debug' : 'info';
    log[level]({ method, path, status, ms, ...key, ...code }, finished ? 'answered' : 'given up');
  });
}
