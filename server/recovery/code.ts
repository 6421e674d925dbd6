/**
 * The recovery code: what gives an account back to an owner who has no passkey for it any more.
 *
 * The code is made and kept by its owner. The server gets a verifier, a key derived from the code
 * (docs/vault.md), and keeps a keyed hash of it. A code works once and opens a session that can only add a
 * passkey; it never counts as a step-up.
 */
import { createHmac } from 'node:crypto';
import { fromBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { recoveryOutcome } from '../policy/recovery.ts';
import { normalizeUsername, usernameKeys } from '../policy/username.ts';
import type { Caller } from '../records/caller.ts';
import { entry } from './entry.ts';
import { type Owner, requireFreshOwner } from './fresh-owner.ts';
import { isEqual, steadily } from './refusals.ts';
import { type Opened, openRestricted } from './restricted-session.ts';

/** HMAC-SHA-256, base64url. The verifier has 256 bits of a code of 135 random ones: no slow hash is needed. */
export function hashOf({ keys }: Pick<Deps, 'keys'>, verifier: string): string {
  return createHmac('sha256', keys.recovery).update(fromBase64Url(verifier)).digest('base64url');
}

/**
 * Keeps a new code in the place of the one before.
 *
 * @param verifier 32 bytes, base64url
 * @throws {RpError} `step_up_required`
 */
export async function setCode(deps: Deps, owner: Owner, verifier: string): Promise<void> {
  await requireFreshOwner(deps, owner);
  const at = deps.now();
  await deps.store.setRecoveryCode({
    userId: owner.user.id,
    verifierHash: hashOf(deps, verifier),
    createdAt: at,
    audit: [entry(owner, at, 'recovery-code-set')],
  });
}

/** @throws {RpError} `step_up_required`, `not_found` */
export async function removeCode(deps: Deps, owner: Owner): Promise<void> {
  await requireFreshOwner(deps, owner);
  const audit = [entry(owner, deps.now(), 'recovery-code-removed')];
  await deps.store.removeRecoveryCode({ userId: owner.user.id, audit });
}

/**
 * Uses the code up and opens a restricted session. Unknown user names take the same steps as known ones.
 *
 * @throws {RpError} `verification_failed` (wrong or unknown), `account_disabled` (only who has the code learns of it)
 */
export async function redeemCode(
  deps: Deps,
  caller: Caller,
  { username, verifier }: { readonly username: string; readonly verifier: string },
): Promise<Opened> {
  return steadily(async () => {
    const given = normalizeUsername(username) ?? username;
    const user = await deps.store.findUserByName(...usernameKeys(given));
    const found = await deps.store.findRecoveryCode(user?.id ?? given);
    const verifierHash = hashOf(deps, verifier);
    const opens = recoveryOutcome(deps.config.recovery, 'code') === 'opens';
    if (!opens || user === null || found === null || !isEqual(found.verifierHash, verifierHash)) {
      throw new RpError('verification_failed', { detail: 'no such recovery code' });
    }
    const { session, ...opened } = openRestricted(deps, caller, user, 'recovery');
    const audit = [{ ...entry(caller, deps.now(), 'recovered-by-code'), userId: user.id }];
    // Of several who redeem it at once, the store lets one through.
    await deps.store.redeemRecoveryCode({
      ...{ verifierHash, session, replaces: caller.session },
      audit: audit.map((each) => ({ ...each, sessionId: session.id })),
    });
    return { session, ...opened };
  });
}
