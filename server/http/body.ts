import { json, type NextFunction, type Request, type Response } from 'express';
import type { z } from 'zod';
import { RpError } from '../errors.ts';

const parseJson = json({ limit: '64kb', inflate: false, type: isJson });

function isJson(request: { headers: Record<string, string | string[] | undefined> }): boolean {
  return /^application\/json\s*(;|$)/i.test(String(request.headers['content-type'] ?? ''));
}

/** RFC 9112 §6.3: a request has a body where it says how long it is. */
function hasBody(request: Request): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  );
}

/** Reads a JSON body of at most 64 KiB; anything else that has a body is 415. */
export function readJson(request: Request, response: Response, next: NextFunction): void {
  if (hasBody(request) && !isJson(request)) throw new RpError('unsupported_media_type');
  parseJson(request, response, next);
}

/** @throws {RpError} `invalid_request`, whose detail names each bad member */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  request: Request,
): z.output<Schema> {
  const parsed = schema.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const named = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new RpError('invalid_request', { publicDetail: named.join('; ').slice(0, 500) });
}
