/**
 * The account of the person who is signed in: names, passkeys, sessions, and its end.
 *
 * Guarantees: every change names its account in the statement that makes it, so that nobody changes
 * another's; what can't be undone asks for a fresh step-up first.
 */
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { groundFor } from '../policy/ground.ts';
import { requireStepUpOrApple, requireStepUpToManage } from '../policy/user-verification.ts';
import {
  displayNameForm,
  normalizeDisplayName,
  normalizeUsername,
  usernameForm,
  usernameKey,
} from '../policy/username.ts';
import { goesByAppleAlone } from '../policy/ways-in.ts';
import type { AppleEnd } from '../records/apple.ts';
import type { User } from '../records/user.ts';
import { signalsAfter } from './credentials.ts';
import { auditAccount, byOwner, type Owner } from './owner.ts';
import { type Signals, signalsOfDeleted } from './signals.ts';

/**
 * Changes names; what is called so already changes nothing and leaves nothing in the history.
 *
 * @throws {RpError} `invalid_request`, `username_taken`, `step_up_required` (to a suspected clone)
 */
export async function updateAccount(
  deps: Deps,
  owner: Owner,
  change: { username?: string | undefined; displayName?: string | undefined },
): Promise<{ user: User; signals: Signals }> {
  const { user } = owner;
  const username = change.username === undefined ? undefined : normalizeUsername(change.username);
  const displayName =
    change.displayName === undefined ? undefined : normalizeDisplayName(change.displayName);
  if (username === null) {
    throw new RpError('invalid_request', { publicDetail: `username: ${usernameForm}` });
  }
  if (displayName === null) {
    throw new RpError('invalid_request', { publicDetail: `displayName: ${displayNameForm}` });
  }
  const names = {
    ...(username !== undefined && username !== user.username && { username }),
    ...(displayName !== undefined && displayName !== user.displayName && { displayName }),
  };
  const changed = Object.keys(names).length === 0 ? user : await changeNames(deps, owner, names);
  return { user: changed, signals: await signalsAfter(deps, changed) };
}

async function changeNames(
  deps: Deps,
  owner: Owner,
  names: { username?: string; displayName?: string },
): Promise<User> {
  const { username, displayName } = names;
  // A copy of a key must not take the name by which its owner is found.
  if (username !== undefined) {
    const { config, now, store } = deps;
    const held = await store.listCredentials(owner.user.id);
    if (!goesByAppleAlone(owner.session, held, groundFor(config, owner.user))) {
      requireStepUpToManage('discouraged', owner.session, held, now(), config.stepUpSeconds);
    }
  }
  return deps.store.updateAccount({
    userId: owner.user.id,
    ...(username !== undefined && { name: { username, usernameKey: usernameKey(username) } }),
    ...(displayName !== undefined && { displayName }),
    audit: [auditAccount(deps, owner, 'account-changed', null, { ...byOwner(owner), ...names })],
  });
}

/** @throws {RpError} `step_up_required` */
export async function deleteAccount(
  deps: Deps,
  owner: Owner,
): Promise<{ signals: Signals; apple: AppleEnd }> {
  const { config, now, store } = deps;
  // What can't be undone asks for a fresh sign-in under every policy.
  const asked = config.userVerification['step-up'];
  const requirement = asked === 'discouraged' ? 'preferred' : asked;
  const held = await store.listCredentials(owner.user.id);
  const ground = groundFor(config, owner.user);
  requireStepUpOrApple(ground, requirement, owner.session, held, now(), config.stepUpSeconds);
  const [at, { id, username }] = [now(), owner.user];
  const evidence = { ...byOwner(owner), username };
  const apple = await store.deleteAccount(id, at, {
    deletion: { kind: 'account-deleted', at, evidence },
  });
  return { signals: signalsOfDeleted(config, id), apple };
}
