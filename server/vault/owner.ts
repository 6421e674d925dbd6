import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { needsStepUpToManage } from '../policy/user-verification.ts';
import type { AuditKind, EntryOf, Evidence } from '../records/audit.ts';
import type { Caller } from '../records/caller.ts';
import type { Credential } from '../records/credential.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';

/** Somebody who is signed in. */
export interface Owner extends Caller {
  readonly session: Session;
  readonly user: User;
}

/** The ceremony that confirms the person and opens the vault, in one. */
const stepUp = {
  method: 'POST',
  path: '/api/authentication/options',
  body: { purpose: 'vault' },
};

/**
 * Who asks for a vault has just shown that they are its owner.
 *
 * @returns the passkeys of the account
 * @throws {RpError} `step_up_required`
 */
export async function requireVerified(deps: Deps, owner: Owner): Promise<readonly Credential[]> {
  const held = await deps.store.listCredentials(owner.user.id);
  if (!isVerified(deps, owner, held)) {
    throw new RpError('step_up_required', { members: { stepUp } });
  }
  return held;
}

/** Whether they have just shown it; `held` are the passkeys of the account. */
export function isVerified(
  { config, now }: Deps,
  { session }: Owner,
  held: readonly Credential[],
): boolean {
  const requirement = config.userVerification.vault;
  return !needsStepUpToManage(requirement, session, held, now(), config.stepUpSeconds);
}

export function auditVault<Kind extends AuditKind>(
  { now }: Deps,
  { session, user }: Owner,
  kind: Kind,
  credentialId: string | null,
  evidence: Evidence<Kind>,
): EntryOf<Kind> {
  return { at: now(), kind, userId: user.id, credentialId, sessionId: session.id, evidence };
}
