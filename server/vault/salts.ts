/**
 * The salts that options carry, in the memory of every process: a ceremony asks no database for them.
 *
 * Guarantees: all processes and nodes that share a database have the same ones, but for a few seconds after an
 * operator begins or ends a rotation (`salt-rotation.ts` waits that long before it relies on it).
 */
import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import type { PrfSalts, PrfValues } from '../records/vault.ts';

export interface Salts {
  /** What the PRF extension is given in every ceremony; null if there are no vaults here. */
  values(): PrfValues | null;
  close(): void;
}

const saltLength = 32;
const refreshMs = 2_000;

/** Makes the salt if there is none yet, and then follows what the store says. */
export async function openSalts(
  { config, store, random, log }: Pick<Deps, 'config' | 'store' | 'random' | 'log'>,
  { everyMs = refreshMs } = {},
): Promise<Salts> {
  if (!config.vault) return { values: () => null, close: () => {} };
  let values = valuesOf(await store.keepSalts(random(saltLength)));
  const timer = setInterval(() => {
    store.findSalts().then(
      (salts) => {
        if (salts !== null) values = valuesOf(salts);
      },
      (error: unknown) => log.debug({ err: error }, 'the salts could not be looked up'),
    );
  }, everyMs);
  timer.unref();
  return { values: () => values, close: () => clearInterval(timer) };
}

function valuesOf({ current, next }: PrfSalts): PrfValues {
  const first = toBase64Url(current);
  return next === null ? { first } : { first, second: toBase64Url(next) };
}
