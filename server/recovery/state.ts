import type { Deps } from '../deps.ts';
import type { Owner } from './fresh-owner.ts';

/** The ways back into the account, and whether somebody is about to take one. */
export async function recoveryState({ store, now, config }: Deps, { user }: Pick<Owner, 'user'>) {
  const [code, email, pending] = await Promise.all([
    store.findRecoveryCode(user.id),
    store.findAddress(user.id),
    store.findRecoveryWait(user.id, now()),
  ]);
  return { code, email, pending, mail: config.mail !== undefined };
}

export type RecoveryState = Awaited<ReturnType<typeof recoveryState>>;
