/**
 * Collected client data (WebAuthn L3 §5.8.1): what the client says it was asked, by whom, and where.
 *
 * Guarantees: the value handed out was parsed from exactly the bytes that are hashed and signed, has the
 * right types, and can't be read in two ways. Judges nothing: whether type, challenge and origin are the
 * expected ones is the business of `expectation.ts`.
 */
import { fromBase64Url, isBase64Url } from '../base64url.ts';
import { refuse } from './refuse.ts';

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
  let text: string;
  let value: unknown;
  try {
    // WebAuthn L3 §7.1 steps 5–6, §7.2 steps 8–9: "UTF-8 decode" drops a byte order mark. Fatal,
    // so that two different byte strings never read as the same text.
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    malformed('client data is not JSON in UTF-8', cause);
  }
  // An array passes here, and fails for the members it lacks.
  if (typeof value !== 'object' || value === null) {
    malformed('client data is not a JSON object');
  }
  // What browsers write (§5.8.1.1) is what a serialiser writes, and that says nothing twice.
  if (JSON.stringify(value) !== text && repeatsMember(text)) {
    malformed('client data has a member twice');
  }
  return value as Record<string, unknown>;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A string, with the colon behind it if it names a member; or where an object or a list begins or ends. */
const token = /"(?:[^"\\]|\\.)*"(?=(\s*:)?)|[{}[\]]/g;

/**
 * Whether an object in this text, which is JSON, has a member twice. RFC 8259 §4: which of them counts is
 * then up to the reader, so that what we judge need not be what the authenticator's owner agreed to.
 */
function repeatsMember(json: string): boolean {
  const open: (Set<string> | null)[] = [];
  for (const [text, colon] of json.matchAll(token)) {
    if (text === '{') open.push(new Set());
    else if (text === '[') open.push(null);
    else if (text === '}' || text === ']') open.pop();
    else if (colon !== undefined) {
      const names = open.at(-1);
      const name = JSON.parse(text) as string;
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}

function malformed(detail: string, cause?: unknown): never {
  refuse('invalid_request', detail, cause);
}
