import type { Deps } from '../deps.ts';
import { requireStepUpToManage } from '../policy/user-verification.ts';
import type { Caller } from '../records/caller.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';

export interface Owner extends Caller {
  readonly session: Session;
  readonly user: User;
}

/**
 * Whoever can set a way back has the account, so it asks for what a new passkey asks for.
 *
 * @throws {RpError} `step_up_required`
 */
export async function requireFreshOwner({ config, now, store }: Deps, owner: Owner): Promise<void> {
  const held = await store.listCredentials(owner.user.id);
  const { manage } = config.userVerification;
  requireStepUpToManage(manage, owner.session, held, now(), config.stepUpSeconds);
}
