/**
 * Apple's public keys.
 *
 * Guarantees: they are fetched when they are first needed and then rarely, whatever tokens are sent here: an
 * unknown key identifier causes one fetch a minute at most. While Apple's keys can't be fetched, those that are
 * known go on being used for a day.
 */
import {
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';
import { AppleFailure } from './failure.ts';
import { request } from './request.ts';

const freshForMs = 3_600_000;
const usedForMs = 86_400_000;
const pauseMs = 60_000;
/** Without any key nobody can sign in, so it is tried again sooner. */
const firstPauseMs = 2_000;

type LocalKeys = ReturnType<typeof createLocalJWKSet>;
export type FindKey = (
  header: JWSHeaderParameters,
  token: FlattenedJWSInput,
) => ReturnType<LocalKeys>;

export function openKeySet(
  url: string,
  { fetch, now }: { readonly fetch: typeof globalThis.fetch; readonly now: () => number },
): FindKey {
  let known: { readonly keys: LocalKeys; readonly at: number } | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | null = null;

  const ask = (): Promise<void> => {
    asking ??= fetchKeys(fetch, url)
      .then((keys) => {
        known = { keys, at: now() };
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  };
  /** Whoever comes while others ask waits with them; after that there is a pause. */
  const askAgain = async (pauseMs: number): Promise<boolean> => {
    if (asking === null && now() - askedAt < pauseMs) return false;
    if (asking === null) askedAt = now();
    await ask();
    return true;
  };
  const currentKeys = async (): Promise<LocalKeys> => {
    const age = known === null ? Number.POSITIVE_INFINITY : now() - known.at;
    if (known !== null && age < freshForMs) return known.keys;
    try {
      await askAgain(known === null ? firstPauseMs : pauseMs);
    } catch (error) {
      if (known === null || age > usedForMs) throw error;
    }
    if (known === null || now() - known.at > usedForMs) throw new AppleFailure('unreachable');
    return known.keys;
  };

  return async (header, token) => {
    const keys = await currentKeys();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await askAgain(pauseMs))) throw error;
      return await (await currentKeys())(header, token);
    }
  };
}

async function fetchKeys(fetch: typeof globalThis.fetch, url: string): Promise<LocalKeys> {
  const { status, body } = await request(fetch, url);
  if (status !== 200) throw new AppleFailure('unreadable');
  try {
    return createLocalJWKSet(body as unknown as JSONWebKeySet);
  } catch {
    throw new AppleFailure('unreadable');
  }
}
