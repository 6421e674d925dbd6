import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { policyFor, violationOf } from '../policy/credential-policy.ts';
import { isWayIn } from '../policy/credential-state.ts';
import { servedDomains } from '../policy/served-domains.ts';
import { type Suggestion, suggestForAccount } from '../policy/suggestion.ts';
import { requireStepUpToManage } from '../policy/user-verification.ts';
import { normalizeDisplayName } from '../policy/username.ts';
import type { Credential } from '../records/credential.ts';
import type { User } from '../records/user.ts';
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

/**
 * What devices are to be told after a change that is done. Where that can't be found out they are told
 * nothing: nobody must hear that the change failed.
 */
export async function signalsAfter(deps: Deps, user: User): Promise<Signals> {
  try {
    return (await listPasskeys(deps, { user })).signals;
  } catch (error) {
    deps.log.warn({ err: error }, 'a change is done, but its signals could not be made');
    return {};
  }
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
  const deleted = held.find((each) => each.id === id);
  if (deleted === undefined) throw new RpError('not_found');
  const audit = [auditAccount(deps, owner, 'passkey-deleted', id, { name: deleted.name })];
  await store.deleteCredential({
    userId: owner.user.id,
    id,
    keepOneOf: othersLike(deps, owner, held, deleted),
    keepSession: owner.session.id,
    audit,
  });
  return signalsAfter(deps, owner.user);
}

/**
 * The ways in of which one must stay. What an operator's policy refuses, or a domain that is served no
 * longer, lets nobody in: it does not count, but where all that is left is such, the last of it stays too.
 */
function othersLike(
  { config }: Deps,
  { user }: Owner,
  held: readonly Credential[],
  deleted: Credential,
): string[] {
  const policy = policyFor(config.credentialPolicies, user);
  const isUsable = (each: Credential) =>
    isWayIn(each) &&
    servedDomains(config).includes(each.rpId) &&
    violationOf(policy, each) === null;
  return held
    .filter((each) => each.id !== deleted.id && (isUsable(each) || !isUsable(deleted)))
    .map(({ id }) => id);
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
