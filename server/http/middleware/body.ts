/**
 * The one place that reads a body.
 *
 * Guarantees: at most 64 KiB are kept; the text is UTF-8; and PRF results, which are secrets of the device, are
 * refused whatever the endpoint would make of them.
 */
import { isUtf8 } from 'node:buffer';
import { RpError } from '../../errors.ts';
import type { Incoming } from './incoming.ts';

const maxBytes = 64 * 1024;

const types = {
  /** RFC 8259 §8.1: JSON is UTF-8. Some clients leave the hyphen out. */
  json: /^application\/json\s*(?:;\s*charset="?utf-?8"?\s*)?$/i,
  form: /^application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-?8"?\s*)?$/i,
};

/**
 * @returns what the body says; undefined if there is none
 * @throws {RpError} `unsupported_media_type`, `payload_too_large`, `invalid_request`
 */
export async function readBody(request: Incoming, encoding: keyof typeof types): Promise<unknown> {
  if (!hasBody(request)) return undefined;
  requireType(request, encoding);
  const body = isRead(request) ? request.body : parse(await readBytes(request), encoding);
  if (carriesPrfResults(body)) {
    throw new RpError('invalid_request', { publicDetail: 'PRF results must not leave the device' });
  }
  return body;
}

/** RFC 9112 §6.3: a request has a body if it says how long it is. */
function hasBody({ headers }: Incoming): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function requireType({ headers }: Incoming, encoding: keyof typeof types): void {
  const { 'content-type': type = '', 'content-encoding': coding = 'identity' } = headers;
  if (!types[encoding].test(type)) {
    throw new RpError('unsupported_media_type', { detail: `content type ${type.slice(0, 100)}` });
  }
  if (coding !== 'identity') {
    throw new RpError('unsupported_media_type', { publicDetail: 'expected no content encoding' });
  }
}

/** Whether an application around ours has read it. Some set `body` although they have not. */
function isRead({ readableDidRead }: Incoming): boolean {
  return readableDidRead;
}

/** Does not wait for the end of what is too long, because some bodies have none. */
function readBytes(request: Incoming): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = () => {
      request.off('data', take);
      reject(new RpError('payload_too_large'));
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) refuse();
      else chunks.push(chunk);
    };
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return refuse();
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(chunks, length)));
    request.once('error', (cause) => reject(new RpError('invalid_request', { cause })));
  });
}

function parse(bytes: Buffer, encoding: keyof typeof types): unknown {
  if (!isUtf8(bytes)) throw new RpError('invalid_request', { publicDetail: 'expected UTF-8' });
  const text = bytes.toString();
  return encoding === 'form' ? fieldsOf(new URLSearchParams(text)) : parseJson(text);
}

function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the body, so it is neither sent nor logged.
    throw new RpError('invalid_request', { publicDetail: 'expected JSON' });
  }
  if (typeof value === 'object' && value !== null) return value;
  throw new RpError('invalid_request', { publicDetail: 'expected a JSON object' });
}

/**
 * RFC 6749 §3.1: a parameter stands once. Which of two counts, not everybody agrees on.
 *
 * @throws {RpError} `invalid_request`
 */
export function fieldsOf(form: URLSearchParams): Readonly<Record<string, string>> {
  const fields = [...form];
  if (new Set(fields.map(([name]) => name)).size < fields.length) {
    throw new RpError('invalid_request', { publicDetail: 'a field stands twice' });
  }
  return Object.fromEntries(fields);
}

/**
 * At whatever depth: WebAuthn L3 §10.1.4, and what older clients called `hmacGetSecret`. Inside of `prf` any text
 * and any number may be part of a result, however it is nested. It does not recurse, because bodies may be nested
 * tens of thousands deep.
 */
function carriesPrfResults(body: unknown): boolean {
  const waiting: Place[] = [{ value: body, isInPrf: false }];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (typeof place.value !== 'object' || place.value === null) continue;
    for (const [key, value] of Object.entries(place.value)) {
      if (key === 'hmacGetSecret' && hasMembers(value)) return true;
      const isInPrf = place.isInPrf || key === 'prf';
      if (isInPrf && isPartOfResult(key, value)) return true;
      if (typeof value === 'object') waiting.push({ value, isInPrf });
    }
  }
  return false;
}

interface Place {
  readonly value: unknown;
  readonly isInPrf: boolean;
}

const isPartOfResult = (key: string, value: unknown): boolean =>
  typeof value === 'string' ||
  typeof value === 'number' ||
  (key === 'results' && hasMembers(value));

function hasMembers(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
