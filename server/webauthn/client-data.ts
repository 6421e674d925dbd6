/**
 * Collected client data (WebAuthn L3 §5.8.1): what the client says it was asked, by whom, and where.
 *
 * Guarantees: the value handed out was parsed from exactly the bytes that are hashed and signed, and
 * has the right types. Judges nothing: whether type, challenge and origin are the expected ones is
 * the business of `verify.ts`.
 */
import { fromBase64Url, isBase64Url } from '../base64url.ts';
import { RpError } from '../errors.ts';

export interface ClientData {
  readonly type: string;
  readonly challenge: string;
  readonly origin: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  /** The bytes as they came: their hash is part of what was signed. */
  readonly bytes: Uint8Array;
}

/** Decodes base64url and refuses every spelling but the canonical one. */
export function decodeBase64Url(text: string, field: string): Uint8Array {
  if (typeof text !== 'string' || !isBase64Url(text)) malformed(`${field} is not base64url`);
  return fromBase64Url(text);
}

/** Parses `clientDataJSON`, given as base64url. */
export function parseClientData(clientDataJSON: string): ClientData {
  const bytes = decodeBase64Url(clientDataJSON, 'clientDataJSON');
  const { type, challenge, origin, crossOrigin, topOrigin } = parseObject(bytes);
  if (typeof type !== 'string') malformed('client data without a type');
  if (typeof challenge !== 'string') malformed('client data without a challenge');
  if (typeof origin !== 'string') malformed('client data without an origin');
  if (crossOrigin !== undefined && typeof crossOrigin !== 'boolean') {
    malformed('crossOrigin of the client data is not a boolean');
  }
  if (topOrigin !== undefined && typeof topOrigin !== 'string') {
    malformed('topOrigin of the client data is not a string');
  }
  return {
    type,
    challenge,
    origin,
    ...(crossOrigin !== undefined && { crossOrigin }),
    ...(topOrigin !== undefined && { topOrigin }),
    bytes,
  };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    // WebAuthn L3 §7.1 steps 5–6, §7.2 steps 8–9: "UTF-8 decode" drops a byte order mark. Fatal,
    // so that two different byte strings never read as the same text.
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    malformed('client data is not JSON in UTF-8', cause);
  }
  // An array passes here, and fails for the members it lacks.
  if (typeof value !== 'object' || value === null) {
    malformed('client data is not a JSON object');
  }
  return value as Record<string, unknown>;
}

function malformed(detail: string, cause?: unknown): never {
  throw new RpError('invalid_request', { detail, cause });
}
