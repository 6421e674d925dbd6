import { random, toBase64Url } from './bytes.ts';
import { closeEnvelope, openEnvelope } from './envelope.ts';
import { isSameKeys, type Keys } from './keys.ts';
import { isSameWay, type Lock } from './lock.ts';
import { sameWay } from './next-envelopes.ts';
import type { Envelope, EnvelopeChange } from './state.ts';

/** A lock that a ceremony or a typed code gave, as long as the page holds it. */
export interface Held {
  readonly lock: Lock;
  /**
   * The envelopes that it made, whether or not the server's answer came: they wait for a later one to
   * confirm them.
   */
  readonly made: Set<string>;
}

export const heldOf = (lock: Lock): Held => ({ lock, made: new Set() });

/** Locks of a later ceremony take the place of earlier ones: they may confirm what those made. */
export function withLater(held: readonly Held[], locks: readonly Lock[]): Held[] {
  const earlier = held.filter((each) => !locks.some((lock) => isSameWay(lock.way, each.lock.way)));
  return [...earlier, ...locks.map(heldOf)];
}

/** What a lock finds in its envelope; null if it has none, or does not fit the one it has. */
export async function keyBehind(
  account: string,
  { lock }: Held,
  envelopes: readonly Envelope[],
): Promise<{ envelope: Envelope; keys: Keys; isSealed: boolean } | null> {
  const envelope = sameWay(envelopes, lock.way);
  if (envelope === undefined) return null;
  try {
    return { envelope, ...(await openEnvelope(account, lock, envelope.wrappedKey)) };
  } catch {
    return null;
  }
}

/** The same if it finds these keys; null otherwise. */
export async function opensTo(
  account: string,
  held: Held,
  envelopes: readonly Envelope[],
  keys: Keys,
) {
  const found = await keyBehind(account, held, envelopes);
  return found !== null && isSameKeys(found.keys, keys) ? found : null;
}

/** A further envelope, made by this lock. */
export async function newEnvelope(
  account: string,
  maker: Held,
  keys: Keys,
): Promise<EnvelopeChange> {
  const id = toBase64Url(random(16));
  const wrappedKey = await closeEnvelope(account, maker.lock, keys);
  maker.made.add(id);
  return { ...maker.lock.way, id, wrappedKey };
}
