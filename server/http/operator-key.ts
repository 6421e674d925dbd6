/** Which key of the operators' API a request comes with. */
import type { IncomingMessage } from 'node:http';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import {
  hashOperatorSecret,
  isOperatorSecret,
  type OperatorKey,
  type OperatorScope,
} from '../records/operator-key.ts';

/**
 * Only the header `Authorization` counts: no cookie, no query and no body. The key is looked up by its hash, so the
 * time that takes tells nothing of any key.
 *
 * @param address as rate limits count it
 * @throws {RpError} `invalid_request`, `operator_key_required`, `operator_key_invalid`, `insufficient_scope`,
 *   `too_many_requests`
 */
export async function requireOperatorKey(
  deps: Deps,
  request: IncomingMessage,
  address: string,
  scope: OperatorScope | undefined,
): Promise<OperatorKey> {
  const secret = bearerToken(request);
  if (secret === null) throw new RpError('operator_key_required');
  const now = deps.now();
  const key = isOperatorSecret(secret)
    ? await deps.store.findOperatorKey(hashOperatorSecret(secret), now)
    : null;
  if (key === null) {
    await deps.rateLimiter.take('wrong-key-by-address', address);
    throw new RpError('operator_key_invalid', { detail: 'no such key' });
  }
  if (scope === undefined || !key.scopes.includes(scope)) {
    const detail = `the key ${key.id} lacks ${scope}`;
    throw new RpError('insufficient_scope', { detail, members: { scope } });
  }
  const today = new Date(now).toISOString().slice(0, 10);
  // Once a day, so that it costs nothing.
  if (key.lastUsedOn !== today) await deps.store.noteOperatorKeyUse(key.id, today);
  return key;
}

/** RFC 6750 §2.1. A second header could mean another key to a proxy than it does to us (§3.1: `invalid_request`). */
function bearerToken({ headersDistinct }: IncomingMessage): string | null {
  const { authorization = [] } = headersDistinct;
  const [header, ...others] = authorization;
  if (others.length > 0) {
    throw new RpError('invalid_request', { publicDetail: 'more than one Authorization header' });
  }
  // RFC 9110 §11.1: the name of a scheme is case-insensitive.
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1] ?? null;
}
