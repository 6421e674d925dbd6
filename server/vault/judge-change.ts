/**
 * Whether a vault may become what its owner's browser wants: a pure decision on the state that was read.
 *
 * Guarantees: what comes out is the whole next state; a vault never loses its last way in, nor the last that
 * counts; an envelope keeps its identity as long as its id is there.
 */
import { RpError } from '../errors.ts';
import { isAccepted } from '../policy/ways-in.ts';
import type { Credential } from '../records/credential.ts';
import {
  type Envelope,
  isLive,
  liveSaltIds,
  locksOut,
  type PrfSalts,
  stands,
  type Vault,
} from '../records/vault.ts';

/** As many outputs of one passkey for one salt: a synced one may answer differently on each device. */
const mostOfOnePasskey = 4;
/** The one that counts, and the one that is to take its place. */
const mostRecoveryCodes = 2;

/** An envelope as a browser writes it: without an `id` it is a new one; `opened` if it has opened the vault. */
export interface AskedEnvelope extends Omit<Envelope, 'id' | 'createdAt' | 'lastUsedAt'> {
  readonly id: string | null;
  readonly opened: boolean;
}

export interface Change {
  /** The revision that it was decided on; 0 if there was no vault. */
  readonly revision: number;
  readonly envelopes: readonly AskedEnvelope[];
  /** Undefined leaves what is there. */
  readonly data: Uint8Array | undefined;
}

interface Ground {
  readonly salts: PrfSalts;
  /** The passkeys of the account. */
  readonly held: readonly Pick<Credential, 'id' | 'state'>[];
  readonly now: number;
  readonly newId: () => string;
}

interface Next {
  /** The vault of before; null if there was none. */
  readonly stored: Vault | null;
  readonly envelopes: readonly Envelope[];
  readonly rotationDue: boolean;
  /** The data key is another one. */
  readonly isRekeyed: boolean;
}

/** @throws {RpError} `conflict`, `last_envelope`, `invalid_request` */
export function judgeChange(vault: Vault | null, change: Change, ground: Ground): Next {
  const isThere = vault !== null && stands(vault, liveSaltIds(ground.salts));
  const stored = isThere ? vault : null;
  if (change.revision !== (stored?.revision ?? 0)) throw new RpError('conflict');
  const before = stored?.envelopes ?? [];
  const envelopes = change.envelopes.map((each, index) =>
    kept(before, each, ground, `envelopes.${index}`),
  );
  requireFew(envelopes);
  requireStill(envelopes, ground);
  const [opening, openingNext] = [before, envelopes].map((each) => usable(each, ground));
  if (locksOut(opening ?? [], openingNext ?? [])) throw new RpError('last_envelope');
  const isRekeyed = stored !== null && isAllNew(stored, envelopes, change.data);
  return { stored, envelopes, isRekeyed, rotationDue: stored?.rotationDue === true && !isRekeyed };
}

/** With what the server alone knows of it. */
function kept(
  before: readonly Envelope[],
  { id, opened, ...asked }: AskedEnvelope,
  { now, newId }: Ground,
  place: string,
): Envelope {
  const known = before.find((each) => each.id === id);
  // The response that made it opens it in any case: only a later one shows that it is a way in.
  if (opened && known === undefined) {
    refuse(`${place}: a new envelope has not opened the vault yet`);
  }
  const isSame = (['kind', 'credentialId', 'saltId', 'fingerprint'] as const).every(
    (name) => known === undefined || known[name] === asked[name],
  );
  if (!isSame) refuse(`${place}: an id names one way in for good`);
  return {
    ...asked,
    id: known?.id ?? id ?? newId(),
    createdAt: known?.createdAt ?? now,
    lastUsedAt: opened ? now : (known?.lastUsedAt ?? null),
  };
}

function requireFew(envelopes: readonly Envelope[]): void {
  if (new Set(envelopes.map(({ id }) => id)).size < envelopes.length) {
    refuse('envelopes: an id stands twice');
  }
  const groups = Map.groupBy(envelopes, ({ credentialId, saltId }) => `${credentialId} ${saltId}`);
  for (const [first, ...more] of groups.values()) {
    const most = first?.kind === 'passkey' ? mostOfOnePasskey : mostRecoveryCodes;
    if (more.length >= most) refuse(`envelopes: at most ${most} of one way in`);
  }
}

/** What it refers to was there when its browser looked: whoever looks again finds what has changed. */
function requireStill(envelopes: readonly Envelope[], { salts, held }: Ground): void {
  const live = liveSaltIds(salts);
  for (const each of envelopes) {
    const isHeld = held.some(({ id }) => id === each.credentialId);
    if (each.kind === 'passkey' && !isHeld) conflict('a passkey that the account does not have');
    if (!isLive(each, live)) conflict('a salt that is not in use');
  }
}

/** Those that can open the vault at all. */
function usable(envelopes: readonly Envelope[], { salts, held }: Ground): readonly Envelope[] {
  const accepted = new Set(held.filter(isAccepted).map(({ id }) => id));
  const live = liveSaltIds(salts);
  return envelopes.filter(
    (each) => isLive(each, live) && (each.credentialId === null || accepted.has(each.credentialId)),
  );
}

/** A new data key changes every envelope, and the data that there is. */
function isAllNew(
  stored: Vault,
  envelopes: readonly Envelope[],
  data: Uint8Array | undefined,
): boolean {
  const before = new Set(stored.envelopes.map(({ wrappedKey }) => text(wrappedKey)));
  const isData = stored.data === null || (data !== undefined && text(data) !== text(stored.data));
  return isData && !envelopes.some(({ wrappedKey }) => before.has(text(wrappedKey)));
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function refuse(publicDetail: string): never {
  throw new RpError('invalid_request', { publicDetail });
}

function conflict(publicDetail: string): never {
  throw new RpError('conflict', { publicDetail });
}
