import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The keys of the server, each for one purpose alone. */
export interface Keys {
  /** Seals challenges: the first seals, every one opens, so that `SECRET` can be rotated. */
  readonly challenge: readonly Uint8Array[];
  /** Makes decoys: from the oldest secret, so that a rotation does not change them at once. */
  readonly decoy: Uint8Array;
}

/** @param secrets the current one first; at least one */
export function deriveKeys(secrets: readonly string[]): Keys {
  const oldest = secrets.at(-1);
  if (oldest === undefined) throw new TypeError('at least one secret is needed');
  return {
    challenge: secrets.map((secret) => deriveKey(secret, 'challenge')),
    decoy: deriveKey(oldest, 'decoy'),
  };
}

/** HKDF-SHA-256 (RFC 5869). */
function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `latchkey ${purpose} v1`, 32));
}

/**
 * The secret of a development server: made on first start and kept in `path`, readable by its owner
 * alone. Two servers that start at once agree on one, because only one of them can create the file.
 */
export function localSecret(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
