/**
 * Which envelopes a vault should have next: pure decisions, so that every interleaving can be tested.
 *
 * Guarantees: a passkey that counts as a way in goes on counting, whatever comes.
 */
import { isSameWay, type WayIn } from './lock.ts';
import type { Envelope } from './state.ts';
import { counts } from './ways-in.ts';

/** As many outputs of one passkey for one salt: one synced passkey may answer differently on each device. */
export const mostOfOnePasskey = 4;
/** As many envelopes in all: they fit into one request together with the data. */
export const mostEnvelopes = 32;
/** How exact `lastUsedAt` is: opening alone should rarely write. */
const dayMs = 86_400_000;

export const sameWay = (envelopes: readonly Envelope[], way: WayIn): Envelope | undefined =>
  envelopes.find((each) => isSameWay(each, way));

/** Envelopes of the same passkey for the same salt. */
const siblings = (envelopes: readonly Envelope[], way: WayIn): readonly Envelope[] =>
  envelopes.filter(
    (each) =>
      each.kind === 'passkey' &&
      way.kind === 'passkey' &&
      each.credentialId === way.credentialId &&
      each.saltId === way.saltId,
  );

/**
 * Whether a passkey answers otherwise than it used to: `changed` if another answer of it has opened the
 * vault, `unsteady` if no answer ever came twice, null if this one is known or its first.
 */
export function driftOf(envelopes: readonly Envelope[], way: WayIn): 'changed' | 'unsteady' | null {
  const others = siblings(envelopes, way);
  if (others.length === 0 || sameWay(envelopes, way) !== undefined) return null;
  return others.some(counts) ? 'changed' : 'unsteady';
}

/** Whether the server should hear that this envelope opened the vault: the first time, then once a day. */
export const isNews = ({ lastUsedAt }: Envelope, now: number): boolean =>
  lastUsedAt === null || now - Date.parse(lastUsedAt) > dayMs;

/**
 * The envelopes that stay to make room for one more of this way in; null if there is no room. Of the same passkey,
 * those that never opened the vault go first, then those that did so longest ago: the others of its four still
 * count. Of other ways in, only an envelope that does not count may go.
 */
export function makeRoom(envelopes: readonly Envelope[], way: WayIn): readonly Envelope[] | null {
  const own = siblings(envelopes, way).toSorted(byUse);
  const surplus = own.slice(0, Math.max(0, own.length - mostOfOnePasskey + 1));
  const kept = envelopes.filter((each) => !surplus.includes(each));
  if (kept.length < mostEnvelopes) return kept;
  const spare = kept.find((each) => !counts(each));
  return spare === undefined ? null : kept.filter((each) => each !== spare);
}

/** Those of least use first: what never opened the vault, the oldest of it, then the longest unused. */
function byUse(one: Envelope, other: Envelope): number {
  const [a, b] = [one, other].map((each) => `${each.lastUsedAt ?? ''} ${each.createdAt}`);
  return (a ?? '') < (b ?? '') ? -1 : 1;
}
