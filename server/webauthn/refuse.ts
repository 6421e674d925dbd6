import { type ErrorCode, RpError } from '../errors.ts';

/** @param detail for the log alone */
export function refuse(code: ErrorCode, detail: string, cause?: unknown): never {
  throw new RpError(code, { detail, cause });
}

/** Whatever was thrown, and however malformed the response, a caller sees an RpError. */
export function asRefusal(thrown: unknown): RpError {
  if (thrown instanceof RpError) return thrown;
  const detail = 'the response does not verify';
  return new RpError('verification_failed', { detail, cause: thrown });
}

export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
