import type { OperatorEntry } from '../records/operator-entry.ts';
import type { User } from '../records/user.ts';
import { type Administration, actOf, byOperator } from './administration.ts';
import { type AccountFacts, accountFacts, isoTime } from './facts.ts';

export interface DeletedAccount {
  readonly account: AccountFacts;
  /** What went with it. */
  readonly counts: { readonly passkeys: number; readonly sessions: number };
  /**
   * What becomes of the link with Apple: Apple is told, or its owner has to end it in the settings of the Apple
   * Account. Null if there was none.
   */
  readonly apple: 'requested' | 'in-settings' | null;
}

/**
 * Deletes the account and everything that belongs to it, its audit too. That it was deleted, when and by
 * whom, is kept with its ID alone.
 */
export async function deleteAccount(deps: Administration, user: User): Promise<DeletedAccount> {
  const { now, store } = deps;
  const [passkeys, sessions] = await Promise.all([
    store.listCredentials(user.id),
    store.listSessions(user.id, now()),
  ]);
  const counts = { passkeys: passkeys.length, sessions: sessions.length };
  const at = now();
  const by: OperatorEntry = {
    ...{ ...actOf(deps), at, kind: 'account-deleted' },
    evidence: { account: user.id, ...counts },
  };
  const evidence = { ...byOperator(deps), username: user.username };
  const deletion = { kind: 'account-deleted', at, evidence } as const;
  const { links, tokens } = await store.deleteAccount(user.id, at, { deletion, by });
  const apple = tokens > 0 ? 'requested' : 'in-settings';
  return { account: accountFacts(user), counts, apple: links > 0 ? apple : null };
}

export interface OperatorActs {
  readonly entries: readonly {
    readonly at: string;
    readonly operator: string;
    readonly kind: string;
    readonly evidence: object;
  }[];
}

/** What operators did that no account remembers, the latest first, at most `limit`. */
export async function listOperatorActs(
  { store }: Pick<Administration, 'store'>,
  limit: number,
): Promise<OperatorActs> {
  const entries = await store.listOperatorEntries(limit);
  return {
    entries: entries.map(({ at, operator, kind, evidence }) => ({
      at: isoTime(at),
      operator,
      kind,
      evidence,
    })),
  };
}
