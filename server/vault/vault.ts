/**
 * The vault of the person who is signed in: what they encrypted in their browser, and the envelopes that open
 * it there.
 *
 * Guarantees: the server can open none of it; it is shown and changed only after a fresh confirmation with user
 * verification; a change happens at once or not at all, and to the very state that it was decided on.
 */
import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { isAccepted } from '../policy/ways-in.ts';
import type { ByOwner } from '../records/audit/evidence.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { Credential } from '../records/credential.ts';
import {
  counts,
  type Envelope,
  isLive,
  liveSaltIds,
  type PrfSalts,
  stands,
  type Vault,
} from '../records/vault.ts';
import { type Change, judgeChange } from './judge-change.ts';
import { auditVault, isVerified, type Owner, requireVerified } from './owner.ts';

export interface VaultState extends Pick<Vault, 'exists' | 'revision' | 'rotationDue' | 'data'> {
  /** Those that can be opened: envelopes for a salt of the past are not shown. */
  readonly envelopes: readonly Envelope[];
  readonly saltIds: readonly string[];
  /** The passkeys that may have envelopes. */
  readonly credentialIds: readonly string[];
}

const nothing = { exists: false, revision: 0, rotationDue: false, data: null, envelopes: [] };

/**
 * Whether there is one, which is no secret of its owner's session; and all of it if that owner has confirmed a moment
 * ago, so that the page after the sign-in can open it without asking. Null if there are no vaults here.
 */
export async function vaultAtHand(
  deps: Deps,
  owner: Owner,
): Promise<{ exists: boolean; state: VaultState | null } | null> {
  if (!deps.config.vault) return null;
  const held = await deps.store.listCredentials(owner.user.id);
  const state = await stateOf(deps, owner, held);
  const { exists } = state;
  return { exists, state: exists && isVerified(deps, owner, held) ? state : null };
}

/** @throws {RpError} `step_up_required` */
export async function readVault(deps: Deps, owner: Owner): Promise<VaultState> {
  return stateOf(deps, owner, await requireVerified(deps, owner));
}

async function stateOf(
  deps: Deps,
  { user }: Owner,
  held: readonly Credential[],
): Promise<VaultState> {
  const [vault, salts] = await Promise.all([deps.store.findVault(user.id), currentSalts(deps)]);
  const saltIds = liveSaltIds(salts);
  const credentialIds = held.filter(isAccepted).map(({ id }) => id);
  if (vault === null || !stands(vault, saltIds)) return { ...nothing, saltIds, credentialIds };
  const envelopes = vault.envelopes.filter((each) => isLive(each, saltIds));
  return { ...vault, envelopes, saltIds, credentialIds };
}

/**
 * Puts a whole next state in the place of the one that was read, and returns its revision.
 *
 * @throws {RpError} `step_up_required`, `conflict`, `last_envelope`, `invalid_request`
 */
export async function writeVault(deps: Deps, owner: Owner, change: Change): Promise<number> {
  const held = await requireVerified(deps, owner);
  const { now, random, store } = deps;
  const [vault, salts] = await Promise.all([store.findVault(owner.user.id), currentSalts(deps)]);
  const newId = () => toBase64Url(random(16));
  const next = judgeChange(vault, change, { salts, held, now: now(), newId });
  const revision = (vault?.revision ?? 0) + 1;
  const isWritten = await store.writeVault({
    userId: owner.user.id,
    expected: vault?.revision ?? null,
    revision,
    data: change.data,
    rotationDue: next.rotationDue,
    envelopes: next.envelopes,
    audit: history(deps, owner, next),
  });
  if (!isWritten) throw new RpError('conflict');
  return revision;
}

/** @throws {RpError} `step_up_required`, `not_found` */
export async function deleteVault(deps: Deps, owner: Owner): Promise<void> {
  await requireVerified(deps, owner);
  const entry = auditVault(deps, owner, 'vault-deleted', null, seenFrom(owner));
  await deps.store.deleteVault(owner.user.id, [entry]);
}

/**
 * A passkey answered otherwise than it used to: its owner should know, and so should whoever looks into it.
 * What the vault knows already, or never opened it, is no news.
 *
 * @throws {RpError} `step_up_required`, `not_found`
 */
export async function noteChangedAnswer(
  deps: Deps,
  owner: Owner,
  answer: { credentialId: string; saltId: string; fingerprint: string },
): Promise<void> {
  await requireVerified(deps, owner);
  const { credentialId, saltId, fingerprint } = answer;
  const vault = await deps.store.findVault(owner.user.id);
  const known = (vault?.envelopes ?? []).filter(
    (each) => each.credentialId === credentialId && each.saltId === saltId,
  );
  const isNews = known.some(counts) && !known.some((each) => each.fingerprint === fingerprint);
  if (!isNews) throw new RpError('not_found', { detail: 'no answer that could have changed' });
  const evidence = { ...seenFrom(owner), saltId, fingerprint };
  await deps.store.noteAudit([
    auditVault(deps, owner, 'vault-answer-changed', credentialId, evidence),
  ]);
}

/** As the database has them now: what a process remembers may be seconds old. */
async function currentSalts({ store }: Deps): Promise<PrfSalts> {
  const salts = await store.findSalts();
  if (salts === null) throw new TypeError('the salts are made when the server starts');
  return salts;
}

function history(
  deps: Deps,
  owner: Owner,
  { stored, envelopes, isRekeyed }: ReturnType<typeof judgeChange>,
): AuditEntry[] {
  const seen = seenFrom(owner);
  const isNew = stored === null;
  const [before, after] = [stored?.envelopes ?? [], envelopes].map(waysOf) as [Way[], Way[]];
  const only = (ways: Way[], others: Way[]) =>
    ways.filter(({ name }) => !others.some((each) => each.name === name));
  const told = (change: 'added' | 'removed', ways: Way[]) =>
    ways.map(({ credentialId }) => {
      const kind = `vault-${credentialId === null ? 'code' : 'passkey'}-${change}` as const;
      return auditVault(deps, owner, kind, credentialId, seen);
    });
  return [
    ...(isNew ? [auditVault(deps, owner, 'vault-created', null, seen)] : []),
    ...told('added', only(after, before)),
    ...told('removed', only(before, after)),
    ...(isRekeyed ? [auditVault(deps, owner, 'vault-key-rotated', null, seen)] : []),
  ];
}

interface Way {
  /** Tells it apart from others. */
  readonly name: string;
  /** Null: it is a recovery code. */
  readonly credentialId: string | null;
}

/** One for each passkey, however many envelopes it has, and one for each code. */
function waysOf(envelopes: readonly Envelope[]): Way[] {
  const ways = envelopes.map(({ id, credentialId }): [string, Way] => {
    const name = credentialId ?? id;
    return [name, { name, credentialId }];
  });
  return [...new Map(ways).values()];
}

function seenFrom({ userAgent, country }: Owner): ByOwner {
  return { userAgent, country };
}
