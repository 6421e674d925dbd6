/**
 * The one place that writes an answer: a reply of a handler, or what was thrown in its place.
 *
 * Guarantees: an error is told by its code's row in `errors.ts` and nothing else of it leaves the server.
 */
import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { type ErrorCode, problems, RpError } from '../errors.ts';
import { cookieLine } from './cookies.ts';
import type { Answers } from './endpoint.ts';
import type { ErrorPage } from './error-pages.ts';
import { type Incoming, pathOf } from './middleware/incoming.ts';
import type { Outcome } from './middleware/outcome.ts';
import type { Reply } from './reply.ts';

const json = 'application/json; charset=utf-8';

export function respond(
  config: Config,
  response: ServerResponse,
  answer: Answers[Reply['status']],
  { status, body, cookies = [], headers = {} }: Reply,
): void {
  if (cookies.length > 0) {
    response.appendHeader(
      'set-cookie',
      cookies.map((cookie) => cookieLine(config, cookie)),
    );
  }
  response.setHeader('cache-control', 'no-store');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (answer === null || answer === undefined) {
    // RFC 9110 §8.6: not with 204. Elsewhere it saves the frame of a body that is none.
    if (status !== 204) response.setHeader('content-length', 0);
    response.writeHead(status).end();
    return;
  }
  const [type, bytes] =
    typeof answer === 'string'
      ? [answer, body as string | Uint8Array]
      : [json, JSON.stringify(body)];
  write(response, status, headers['content-type'] ?? type, bytes);
}

/** The call that begins the step-up that is asked for, unless the error names another one. */
const stepUp = {
  method: 'POST',
  path: '/api/authentication/options',
  body: { purpose: 'step-up' },
};

/** RFC 6750 §3 and §3.1: who sends no key hears of no error. */
const challenges: Readonly<Partial<Record<ErrorCode, string>>> = {
  operator_key_required: '',
  operator_key_invalid: ', error="invalid_token"',
  insufficient_scope: ', error="insufficient_scope"',
};

/**
 * RFC 9457: `application/problem+json`.
 *
 * @param page what people see in its place, if a person asks
 */
export function respondProblem(
  log: Logger,
  request: Incoming,
  response: ServerResponse,
  outcome: Outcome,
  thrown: unknown,
  page: ErrorPage | null,
): void {
  const error = toRpError(thrown);
  const { status, title } = problems[error.code];
  if (status >= 500) log.error({ err: thrown, url: pathOf(request).slice(0, 256) }, error.code);
  outcome.code = error.code;
  outcome.why = [error.detail, causeOf(thrown)].filter(Boolean).join(': ') || null;
  outcome.limit = error.code === 'too_many_requests' ? (error.detail ?? null) : null;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { retryAfter } = error.members;
  // RFC 9110 §10.2.3: in seconds.
  if (typeof retryAfter === 'number') response.setHeader('retry-after', retryAfter);
  const challenge = challenges[error.code];
  if (challenge !== undefined) {
    const { scope } = error.members;
    const needed = typeof scope === 'string' ? `, scope="${scope}"` : '';
    response.setHeader('www-authenticate', `Bearer realm="operators"${challenge}${needed}`);
  }
  response.setHeader('cache-control', 'no-store');
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  if (page !== null) {
    write(response, status, 'text/html; charset=utf-8', page(status));
    return;
  }
  const document = {
    type: 'about:blank',
    title,
    status,
    code: error.code,
    ...(error.publicDetail && { detail: error.publicDetail }),
    ...(error.code === 'step_up_required' && { stepUp }),
    ...error.members,
  };
  write(response, status, 'application/problem+json; charset=utf-8', JSON.stringify(document));
}

function write(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
): void {
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.writeHead(status).end(body);
}

function toRpError(thrown: unknown): RpError {
  if (thrown instanceof RpError) return thrown;
  return new RpError('internal_error', { cause: thrown });
}

/** Why a refusal of ours came about. The text of other errors may quote the request, so it is left out. */
function causeOf(thrown: unknown): string | undefined {
  const cause = thrown instanceof RpError ? thrown.cause : undefined;
  return cause instanceof Error ? cause.message : undefined;
}
