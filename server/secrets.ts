import { dirname, join } from 'node:path';
import type { Config } from './config.ts';
import { localSecret } from './keys.ts';

/** The secrets of the configuration, else the one kept beside the database. */
export function readSecrets({ secrets, databaseUrl }: Config): readonly string[] {
  if (secrets.length > 0) return secrets;
  const path = /^file:(?!:memory:)(.+)$/.exec(databaseUrl)?.[1];
  return [localSecret(join(path === undefined ? 'data' : dirname(path), 'secret'))];
}
