import { isUtf8 } from 'node:buffer';
import { json, type NextFunction, type Request, type Response } from 'express';
import type { z } from 'zod';
import { RpError } from '../errors.ts';

const limit = 64 * 1024;
const lingerMs = 1_000;
const parseJson = json({ limit, inflate: false, type: isJson, verify: requireUtf8 });

/** RFC 8259 §8.1: JSON is UTF-8. */
function isJson(request: { headers: Record<string, string | string[] | undefined> }): boolean {
  const type = String(request.headers['content-type'] ?? '');
  return /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type);
}

function requireUtf8(_request: unknown, _response: unknown, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new RpError('invalid_request', { publicDetail: 'expected UTF-8' });
}

/**
 * PRF outputs are secrets of the device: a body that carries them, at whatever depth, is refused.
 * WebAuthn L3 §10.1.4, and what older clients called `hmacGetSecret`.
 */
function carriesPrfResults(body: unknown): boolean {
  const waiting = [body];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, member] of Object.entries(value)) {
      if (key === 'prf' && hasMembers(member?.results)) return true;
      if (key === 'hmacGetSecret' && hasMembers(member)) return true;
      if (typeof member === 'object') waiting.push(member);
    }
  }
  return false;
}

function hasMembers(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** RFC 9112 §6.3: a request has a body where it says how long it is. */
function hasBody(request: Request): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  );
}

/**
 * Whoever is answered before the body is at its end has a moment to read the answer; what comes after is
 * not read, and some bodies have no end.
 */
export function cutOffUnread(request: Request, response: Response, next: NextFunction): void {
  response.once('finish', () => {
    if (request.complete) return;
    setTimeout(() => {
      if (!request.complete) request.destroy();
    }, lingerMs).unref();
  });
  next();
}

/** Reads a JSON body of at most 64 KiB; anything else that has a body is 415. */
export function readJson(request: Request, response: Response, next: NextFunction): void {
  if (hasBody(request) && !isJson(request)) throw new RpError('unsupported_media_type');
  // The parser reads a body that is too large to its end before it says so, and some have none.
  let received = 0;
  let isRefused = false;
  const refuse = () => {
    if (isRefused) return;
    isRefused = true;
    next(new RpError('payload_too_large'));
  };
  if (Number(request.headers['content-length'] ?? 0) > limit) refuse();
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > limit) refuse();
  });
  parseJson(request, response, (error?: unknown) => {
    if (!isRefused) next(error);
  });
}

/** @throws {RpError} `invalid_request`, whose detail names each bad member */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  request: Request,
): z.output<Schema> {
  if (carriesPrfResults(request.body)) {
    throw new RpError('invalid_request', {
      publicDetail: 'PRF results must not leave the device',
    });
  }
  const parsed = schema.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const named = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new RpError('invalid_request', { publicDetail: named.join('; ').slice(0, 500) });
}
