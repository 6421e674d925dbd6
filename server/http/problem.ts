import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { type ErrorCode, problems, RpError } from '../errors.ts';

/** The call that begins the step-up that is asked for. */
const stepUp = {
  method: 'POST',
  path: '/api/authentication/options',
  body: { purpose: 'step-up' },
};

/** Answers every error as RFC 9457 `application/problem+json`; only a code's own row is told. */
export function answerProblem(log: Logger): ErrorRequestHandler {
  return (thrown, request, response, next) => {
    if (response.headersSent) return next(thrown);
    const error = toRpError(thrown);
    const { status, title } = problems[error.code];
    if (status >= 500) log.error({ err: thrown, url: request.path }, error.code);
    response.locals.code = error.code;
    response.locals.why = [error.detail, causeOf(thrown)].filter(Boolean).join(': ') || undefined;
    response.locals.limit = error.code === 'too_many_requests' ? error.detail : undefined;
    const { retryAfter } = error.members;
    // RFC 9110 §10.2.3: in seconds.
    if (typeof retryAfter === 'number') response.set('retry-after', String(retryAfter));
    response
      .status(status)
      .type('application/problem+json')
      .set('cache-control', 'no-store')
      .send(
        JSON.stringify({
          type: 'about:blank',
          title,
          status,
          code: error.code,
          ...(error.publicDetail && { detail: error.publicDetail }),
          ...error.members,
          ...(error.code === 'step_up_required' && { stepUp }),
        }),
      );
  };
}

export const answerNotFound: RequestHandler = (request: Request) => {
  throw new RpError('not_found', { detail: `${request.method} ${request.path}` });
};

/** What Express and its parsers throw for a bad request, by status: never by their messages. */
const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  404: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

function toRpError(thrown: unknown): RpError {
  if (thrown instanceof RpError) return thrown;
  const { status } = thrown as { status?: unknown };
  const isClientError = typeof status === 'number' && status >= 400 && status < 500;
  const code = isClientError ? (byStatus[status] ?? 'invalid_request') : 'internal_error';
  return new RpError(code, { cause: thrown });
}

/** Why a refusal of ours came about. What a parser says is left out: it quotes the body. */
function causeOf(thrown: unknown): string | undefined {
  const cause = thrown instanceof RpError ? thrown.cause : undefined;
  return cause instanceof Error ? cause.message : undefined;
}
