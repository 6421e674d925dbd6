/**
 * What an open vault does for its ways in, whenever it is open: it confirms envelopes that a later answer
 * opened, adds those that are missing, renews those that a rotation sealed, and changes the data key.
 */
import { closeEnvelope, isOfLaterVersion, resealEnvelope } from './envelope.ts';
import { type Held, newEnvelope, opensTo } from './held.ts';
import { type Keys, rotated } from './keys.ts';
import { isNews, makeRoom, sameWay } from './next-envelopes.ts';
import { type Envelope, type EnvelopeChange, unchanged, type VaultState } from './state.ts';

interface Place {
  readonly account: string;
  readonly held: readonly Held[];
  readonly now: number;
}

/** The envelopes that the vault should have; `isNews` if they are not what it has. */
export async function lookAfter(
  place: Place,
  state: VaultState,
  keys: Keys,
): Promise<{ envelopes: readonly EnvelopeChange[]; isNews: boolean }> {
  let envelopes: readonly Changing[] = state.envelopes;
  for (const held of place.held) {
    envelopes =
      (await renewed(place, held, envelopes, keys)) ??
      (await extended(place, held, envelopes, state, keys)) ??
      envelopes;
  }
  return { envelopes: envelopes.map(toChange), isNews: envelopes !== state.envelopes };
}

/** An envelope on its way to the server: as it would be kept, and whether it was opened since. */
type Changing = Envelope & { readonly opened?: true };

const toChange = (envelope: Changing): EnvelopeChange => ({
  ...unchanged(envelope),
  ...(envelope.opened && { opened: true }),
});

/** With the envelope of this lock brought up to date; null if the lock opens none. */
async function renewed(
  { account, now }: Place,
  held: Held,
  envelopes: readonly Changing[],
  keys: Keys,
): Promise<readonly Changing[] | null> {
  const found = await opensTo(account, held, envelopes, keys);
  if (found === null) return null;
  const { envelope, isSealed } = found;
  const isOpened = !held.made.has(envelope.id) && isNews(envelope, now);
  if (!isSealed && !isOpened) return envelopes;
  const next: Changing = {
    ...envelope,
    ...(isSealed && { wrappedKey: await closeEnvelope(account, held.lock, keys) }),
    ...(isOpened && { opened: true }),
  };
  const isReplaced = (each: Envelope) =>
    next.kind === 'recovery' && each.kind === 'recovery' && each.createdAt < next.createdAt;
  return envelopes
    .filter((each) => !isReplaced(each))
    .map((each) => (each === envelope ? next : each));
}

/** With a new envelope for this lock; null if it needs none, or there is no room for it. */
async function extended(
  { account, now }: Place,
  held: Held,
  envelopes: readonly Changing[],
  { saltIds, credentialIds }: VaultState,
  keys: Keys,
): Promise<readonly Changing[] | null> {
  const { way } = held.lock;
  // A code that was replaced stays replaced, and a passkey that was deleted stays deleted.
  if (way.kind !== 'passkey' || !credentialIds.includes(way.credentialId)) return null;
  // Nobody evaluates a salt that is retired.
  if (!saltIds.includes(way.saltId)) return null;
  // One that it does not open is of no use to it, unless a later version of this code wrote it.
  const own = sameWay(envelopes, way);
  if (own !== undefined && isOfLaterVersion(own.wrappedKey)) return null;
  const others = envelopes.filter((each) => each !== own);
  const room = makeRoom(others, way);
  if (room === null) return null;
  const added = await newEnvelope(account, held, keys);
  return [...room, { ...added, createdAt: new Date(now).toISOString(), lastUsedAt: null }];
}

/**
 * The same ways in around a new data key: those at hand are closed anew, all others get it sealed in.
 *
 * @throws {UnknownFormat} if a later version of this code wrote an envelope: it is not given up
 */
export async function rekeyed(
  { account, held }: Place,
  envelopes: readonly EnvelopeChange[],
  old: Keys,
): Promise<{ envelopes: readonly EnvelopeChange[]; keys: Keys }> {
  const keys = rotated(old);
  const next: EnvelopeChange[] = [];
  for (const each of envelopes) {
    const wrappedKey =
      (await reclosed(account, held, each, old, keys)) ??
      (await resealEnvelope(account, each, each.wrappedKey, old, keys));
    if (wrappedKey !== null) next.push({ ...each, wrappedKey });
  }
  return { envelopes: next, keys };
}

async function reclosed(
  account: string,
  held: readonly Held[],
  envelope: EnvelopeChange,
  old: Keys,
  keys: Keys,
): Promise<string | null> {
  const kept = { ...envelope, createdAt: '', lastUsedAt: null };
  for (const each of held) {
    if (await opensTo(account, each, [kept], old)) return closeEnvelope(account, each.lock, keys);
  }
  return null;
}
