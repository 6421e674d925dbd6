import {
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OperatorError } from './errors.ts';
import { createFile, takeFromOthers } from './files.ts';

/** The keys of the server, each for one purpose alone. */
export interface Keys {
  /** Seals challenges: the first seals, every one opens, so that `SECRET` can be rotated. */
  readonly challenge: readonly DailyKey[];
  /** Seals what lets a browser in at the sites behind a proxy: tickets and visits. Rotated like the former. */
  readonly visit: readonly DailyKey[];
  /** Seals secrets that are stored, such as refresh tokens: the first seals, every one opens. */
  readonly stored: readonly NamedKey[];
  /** Makes decoys: kept in the store for good, as decoys that change with a secret give themselves away. */
  readonly decoy: Uint8Array;
  /**
   * Hashes recovery codes: kept in the store for good. A code may lie in a drawer for years, and must outlive
   * every rotation of `SECRET`.
   */
  readonly recovery: Uint8Array;
  /**
   * Makes the codes and links that mails carry, so that none of them is in the database. A rotation of `SECRET` ends
   * those that are on their way.
   */
  readonly mail: Uint8Array;
}

/** A key and its name, by which whatever it has sealed is opened again. */
interface NamedKey {
  readonly name: string;
  readonly key: KeyObject;
}

/** The keys that the store keeps for good. */
export type KeptKeys = Pick<Keys, 'decoy' | 'recovery'>;

/** A key of its own for every day (days since the Unix epoch), so that none is used too often. */
export type DailyKey = (day: number) => KeyObject;

/** @param secrets the current one first; at least one */
export function deriveKeys(secrets: readonly string[], kept: KeptKeys): Keys {
  const [current] = secrets;
  if (current === undefined) throw new TypeError('at least one secret is needed');
  const daily = (purpose: string) => secrets.map((secret) => dailyKey(deriveKey(secret, purpose)));
  return {
    challenge: daily('challenge'),
    visit: daily('visit'),
    stored: secrets.map((secret) => namedKey(deriveKey(secret, 'stored secrets'))),
    mail: deriveKey(current, 'mail'),
    ...kept,
  };
}

/** The name tells nothing of the key: it is a hash of 256 random bits, cut to 48. */
function namedKey(key: Uint8Array): NamedKey {
  return { name: hash('sha256', key, 'base64url').slice(0, 8), key: createSecretKey(key) };
}

function dailyKey(key: Uint8Array): DailyKey {
  const parent = createSecretKey(key);
  const made = new Map<number, KeyObject>();
  return (day) => {
    const known = made.get(day);
    if (known !== undefined) return known;
    if (made.size > 64) made.clear();
    const child = createSecretKey(createHmac('sha256', parent).update(`day ${day}`).digest());
    made.set(day, child);
    return child;
  };
}

/** HKDF-SHA-256 (RFC 5869). */
function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `latchkey ${purpose} v1`, 32));
}

/**
 * What a development server makes on first start and keeps in a file, readable by its owner alone. Servers
 * that start at once agree on one.
 */
export async function readOrMake(path: string, make: () => string): Promise<string> {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const made = make();
    await createFile(path, (draft) => writeFileSync(draft, made));
  }
  takeFromOthers(path);
  return readFileSync(path, 'utf8').trim();
}

async function localSecret(path: string): Promise<string> {
  const secret = await readOrMake(path, () => randomBytes(32).toString('base64url'));
  if (secret.length < 32)
    throw new OperatorError(`${path} holds no secret of 32 characters or more`);
  return secret;
}

/** The secrets of the configuration, else the one kept beside the database. */
export async function readSecrets({
  secrets,
  dataFolder,
}: {
  readonly secrets: readonly string[];
  readonly dataFolder: string;
}): Promise<readonly string[]> {
  if (secrets.length > 0) return secrets;
  return [await localSecret(join(dataFolder, 'secret'))];
}
