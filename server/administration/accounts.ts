import { usernameKey } from '../policy/username.ts';
import type { User } from '../records/user.ts';
import { type Administration, auditOperator, byOperator } from './administration.ts';
import {
  type AccountFacts,
  type AppleFacts,
  accountFacts,
  appleFacts,
  type PasskeyFacts,
  passkeyFacts,
  type SessionFacts,
  sessionFacts,
} from './facts.ts';

export interface Page {
  /** What the user name begins with, in any case. */
  readonly search: string | undefined;
  /** `next` of the page before. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** @returns accounts in the order of their user names; `next` is null on the last page */
export async function listAccounts(
  { store }: Administration,
  { search, after, limit }: Page,
): Promise<{ readonly accounts: readonly AccountFacts[]; readonly next: string | null }> {
  const { users, next } = await store.listUsers({
    limit,
    ...(search !== undefined && { search: usernameKey(search) }),
    ...(after !== undefined && { after }),
  });
  return { accounts: users.map(accountFacts), next };
}

export interface WholeAccount {
  readonly account: AccountFacts;
  /** False if the account's policy is not configured any more: the default one holds then. */
  readonly policyIsConfigured: boolean;
  readonly counts: { readonly passkeys: number; readonly sessions: number };
  readonly passkeys: readonly PasskeyFacts[];
  readonly sessions: readonly SessionFacts[];
  /** Null if it is linked with nobody at Apple. */
  readonly apple: AppleFacts | null;
}

export async function showAccount(
  { config, store, now }: Administration,
  user: User,
): Promise<WholeAccount> {
  const [passkeys, sessions, links] = await Promise.all([
    store.listCredentials(user.id),
    store.listSessions(user.id, now()),
    store.findAppleLinks(user.id),
  ]);
  const { policy } = user;
  return {
    account: accountFacts(user),
    policyIsConfigured: policy === null || Object.hasOwn(config.credentialPolicies, policy),
    counts: { passkeys: passkeys.length, sessions: sessions.length },
    passkeys: passkeys.map(passkeyFacts),
    sessions: sessions.map(sessionFacts),
    apple: appleFacts(links, config.apple?.teams),
  };
}

export interface AccountChange {
  /** As it is now. */
  readonly account: AccountFacts;
  /** False if it was so already: then nothing was written. */
  readonly changed: boolean;
}

/** Signs the account out and lets nobody sign in to it. */
export async function disableAccount(
  deps: Administration,
  user: User,
): Promise<AccountChange & { readonly ended: number }> {
  if (user.disabledAt !== null) return { account: accountFacts(user), changed: false, ended: 0 };
  const at = deps.now();
  const audit = [auditOperator(deps, user, 'account-disabled', null, byOperator(deps))];
  const ended = await deps.store.disableUser(user.id, at, audit);
  return { account: accountFacts({ ...user, disabledAt: at }), changed: true, ended };
}

/** Lets the owner of a disabled account sign in again. */
export async function enableAccount(deps: Administration, user: User): Promise<AccountChange> {
  if (user.disabledAt === null) return { account: accountFacts(user), changed: false };
  const audit = [auditOperator(deps, user, 'account-enabled', null, byOperator(deps))];
  await deps.store.disableUser(user.id, null, audit);
  return { account: accountFacts({ ...user, disabledAt: null }), changed: true };
}
