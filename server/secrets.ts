import { join } from 'node:path';
import type { Config } from './config.ts';
import { localSecret } from './keys.ts';

/** The secrets of the configuration, else the one kept beside the database. */
export function readSecrets({ secrets, dataFolder }: Config): readonly string[] {
  if (secrets.length > 0) return secrets;
  return [localSecret(join(dataFolder, 'secret'))];
}
