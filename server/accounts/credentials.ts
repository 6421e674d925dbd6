import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { policyFor, violationOf } from '../policy/credential-policy.ts';
import { isWayIn } from '../policy/credential-state.ts';
import { servedDomains } from '../policy/served-domains.ts';
import { type Suggestion, suggestForAccount } from '../policy/suggestion.ts';
import { requireStepUpToManage } from '../policy/user-verification.ts';
import { normalizeDisplayName } from '../policy/username.ts';
import type { Credential } from '../store/store.ts';
import { auditAccount, type Owner } from './owner.ts';
import { type Signals, signalsFor } from './signals.ts';

export async function listPasskeys(
  { config, store }: Deps,
  { user }: Pick<Owner, 'user'>,
): Promise<{ credentials: Credential[]; suggestion: Suggestion | null; signals: Signals }> {
  const credentials = await store.listCredentials(user.id);
  return {
    credentials,
    suggestion: suggestForAccount(credentials),
    signals: signalsFor(config, user, credentials),
  };
}

/** @throws {RpError} `invalid_request`, `not_found` */
export async function renamePasskey(
  deps: Deps,
  owner: Owner,
  id: string,
  given: string,
): Promise<Credential> {
  const name = normalizeDisplayName(given);
  if (name === null) {
    throw new RpError('invalid_request', { publicDetail: 'name: 1 to 64 bytes of text' });
  }
  const audit = [auditAccount(deps, owner, 'passkey-renamed', id, { name })];
  await deps.store.renameCredential({ userId: owner.user.id, id, name, audit });
  const found = await deps.store.findCredential(id);
  if (found === null) throw new RpError('not_found');
  return found.credential;
}

/**
 * Deletes a passkey and ends the sessions that it opened elsewhere.
 *
 * @throws {RpError} `step_up_required`, `not_found`, `last_credential`
 */
export async function deletePasskey(deps: Deps, owner: Owner, id: string): Promise<Signals> {
  const { config, now, store } = deps;
  const held = await store.listCredentials(owner.user.id);
  const { manage } = config.userVerification;
  requireStepUpToManage(manage, owner.session, held, now(), config.stepUpSeconds);
  const { name } = refuseLastUsable(deps, owner, held, id);
  const audit = [auditAccount(deps, owner, 'passkey-deleted', id, { name })];
  await store.deleteCredential({
    userId: owner.user.id,
    id,
    keepSession: owner.session.id,
    audit,
  });
  return (await listPasskeys(deps, owner)).signals;
}

/**
 * The store keeps the last way in, whatever it is. But what an operator's policy refuses, or a domain that
 * is served no longer, lets nobody in.
 */
function refuseLastUsable(
  { config }: Deps,
  { user }: Owner,
  held: readonly Credential[],
  id: string,
): Credential {
  const deleted = held.find((each) => each.id === id);
  if (deleted === undefined) throw new RpError('not_found');
  const policy = policyFor(config.credentialPolicies, user);
  const isUsable = (each: Credential) =>
    isWayIn(each) &&
    servedDomains(config).includes(each.rpId) &&
    violationOf(policy, each) === null;
  if (isUsable(deleted) && held.filter(isUsable).length === 1) throw new RpError('last_credential');
  return deleted;
}

const dayMs = 86_400_000;

/**
 * "Not now": the better passkey is not offered again for a while.
 *
 * @throws {RpError} `not_found`
 */
export async function postponeUpgrade(deps: Deps, owner: Owner, id: string): Promise<void> {
  const { config, now, store } = deps;
  await store.postponeUpgrade({
    userId: owner.user.id,
    id,
    until: now() + config.upgradeRemindDays * dayMs,
    audit: [auditAccount(deps, owner, 'upgrade-postponed', id, {})],
  });
}
