import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { policyFor } from '../policy/credential-policy.ts';
import { groundFor } from '../policy/ground.ts';
import { type Suggestion, suggestForAccount } from '../policy/suggestion.ts';
import { upgradeReason } from '../policy/upgrade.ts';
import { requireStepUpToManage } from '../policy/user-verification.ts';
import { displayNameForm, normalizeDisplayName } from '../policy/username.ts';
import { keepOneOf } from '../policy/ways-in.ts';
import type { Credential } from '../records/credential.ts';
import type { User } from '../records/user.ts';
import { auditAccount, byOwner, type Owner } from './owner.ts';
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
 * What devices are to be told after a change that is done; nothing if that can't be found out, because the
 * answer must not say that the change failed.
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
    throw new RpError('invalid_request', { publicDetail: `name: ${displayNameForm}` });
  }
  const credential = await findOwn(deps, owner, id);
  if (name === credential.name) return credential;
  const evidence = { ...byOwner(owner), name, from: credential.name };
  const audit = [auditAccount(deps, owner, 'passkey-renamed', id, evidence)];
  await deps.store.renameCredential({ userId: owner.user.id, id, name, audit });
  return { ...credential, name };
}

/**
 * Deletes a passkey and ends the sessions that it opened elsewhere.
 *
 * @throws {RpError} `step_up_required`, `not_found`, `last_credential`, `last_envelope`
 */
export async function deletePasskey(deps: Deps, owner: Owner, id: string): Promise<Signals> {
  const { config, now, store } = deps;
  const held = await store.listCredentials(owner.user.id);
  const { manage } = config.userVerification;
  requireStepUpToManage(manage, owner.session, held, now(), config.stepUpSeconds);
  const deleted = held.find((each) => each.id === id);
  if (deleted === undefined) throw new RpError('not_found');
  const evidence = { ...byOwner(owner), name: deleted.name };
  const audit = [auditAccount(deps, owner, 'passkey-deleted', id, evidence)];
  await store.deleteCredential({
    userId: owner.user.id,
    id,
    keepOneOf: keepOneOf({ passkeys: held }, groundFor(config, owner.user), deleted),
    keepSession: owner.session.id,
    ignoresVault: !config.vault,
    audit,
  });
  return signalsAfter(deps, owner.user);
}

const dayMs = 86_400_000;

/**
 * "Not now": the better passkey that is offered in the place of this one is not offered again for a while.
 * While it is put off already, nothing changes.
 *
 * @throws {RpError} `not_found`, `invalid_request` (no better passkey is offered for it)
 */
export async function postponeUpgrade(deps: Deps, owner: Owner, id: string): Promise<void> {
  const { config, store } = deps;
  const credential = await findOwn(deps, owner, id);
  const policy = policyFor(config.credentialPolicies, owner.user);
  if (upgradeReason(credential, config.rpId, policy) === null) {
    throw new RpError('invalid_request', {
      publicDetail: 'id: a passkey in whose place a better one is offered',
    });
  }
  const now = deps.now();
  const evidence = { ...byOwner(owner), name: credential.name };
  await store.postponeUpgrade({
    ...{ userId: owner.user.id, id, now },
    until: now + config.upgradeRemindDays * dayMs,
    audit: [auditAccount(deps, owner, 'upgrade-postponed', id, evidence)],
  });
}

/** @throws {RpError} `not_found`, also if it is another account's */
async function findOwn({ store }: Deps, { user }: Owner, id: string): Promise<Credential> {
  const found = await store.findCredential(id);
  if (found === null || found.user.id !== user.id) throw new RpError('not_found');
  return found.credential;
}
