/**
 * What an open vault does for its ways in, whenever it is open: it confirms envelopes that a later answer
 * opened, adds those that are missing, renews those that a rotation sealed, and changes the data key.
 */
import { type Bytes, random } from './bytes.ts';
import { closeEnvelope, resealEnvelope } from './envelope.ts';
import { type Held, newEnvelope, opensTo } from './held.ts';
import { isNews, makeRoom } from './next-envelopes.ts';
import { type Envelope, type EnvelopeChange, unchanged, type VaultState } from './state.ts';

interface Place {
  readonly account: string;
  readonly held: readonly Held[];
  readonly now: number;
}

/** The envelopes that the vault should have; `isNews` where they are not what it has. */
export async function lookAfter(
  place: Place,
  state: VaultState,
  dataKey: Bytes,
): Promise<{ envelopes: readonly EnvelopeChange[]; isNews: boolean }> {
  let envelopes: readonly Changing[] = state.envelopes;
  for (const held of place.held) {
    envelopes =
      (await renewed(place, held, envelopes, dataKey)) ??
      (await extended(place, held, envelopes, state, dataKey)) ??
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

/** With the envelope of this lock brought up to date; null where the lock opens none. */
async function renewed(
  { account, now }: Place,
  held: Held,
  envelopes: readonly Changing[],
  dataKey: Bytes,
): Promise<readonly Changing[] | null> {
  const found = await opensTo(account, held, envelopes, dataKey);
  if (found === null) return null;
  const { envelope, isSealed } = found;
  const isOpened = !held.made.has(envelope.id) && isNews(envelope, now);
  if (!isSealed && !isOpened) return envelopes;
  const next: Changing = {
    ...envelope,
    ...(isSealed && { wrappedKey: await closeEnvelope(account, held.lock, dataKey) }),
    ...(isOpened && { opened: true }),
  };
  const isReplaced = (each: Envelope) =>
    next.kind === 'recovery' && each.kind === 'recovery' && each.createdAt < next.createdAt;
  return envelopes
    .filter((each) => !isReplaced(each))
    .map((each) => (each === envelope ? next : each));
}

/** With a new envelope for this lock; null where it needs none, or there is no room for it. */
async function extended(
  { account, now }: Place,
  held: Held,
  envelopes: readonly Changing[],
  { saltIds, credentialIds }: VaultState,
  dataKey: Bytes,
): Promise<readonly Changing[] | null> {
  const { way } = held.lock;
  // A code that was replaced stays replaced, and a passkey that was deleted stays deleted.
  if (way.kind !== 'passkey' || !credentialIds.includes(way.credentialId)) return null;
  // Nobody evaluates a salt that is retired.
  if (!saltIds.includes(way.saltId)) return null;
  const room = makeRoom(envelopes, way);
  if (room === null) return null;
  const added = await newEnvelope(account, held, dataKey);
  return [...room, { ...added, createdAt: new Date(now).toISOString(), lastUsedAt: null }];
}

/**
 * The same ways in around a new data key: those at hand are closed anew, all others get it sealed in.
 *
 * @throws {UnknownFormat} where a later version of this code wrote an envelope: it is not given up
 */
export async function rekeyed(
  { account, held }: Place,
  envelopes: readonly EnvelopeChange[],
  old: Bytes,
): Promise<{ envelopes: readonly EnvelopeChange[]; dataKey: Bytes }> {
  const dataKey = random(32);
  const next: EnvelopeChange[] = [];
  for (const each of envelopes) {
    const wrappedKey =
      (await reclosed(account, held, each, old, dataKey)) ??
      (await resealEnvelope(account, each, each.wrappedKey, { old, new: dataKey }));
    if (wrappedKey !== null) next.push({ ...each, wrappedKey });
  }
  return { envelopes: next, dataKey };
}

async function reclosed(
  account: string,
  held: readonly Held[],
  envelope: EnvelopeChange,
  old: Bytes,
  dataKey: Bytes,
): Promise<string | null> {
  const kept = { ...envelope, createdAt: '', lastUsedAt: null };
  for (const each of held) {
    if (await opensTo(account, each, [kept], old)) {
      return closeEnvelope(account, each.lock, dataKey);
    }
  }
  return null;
}
