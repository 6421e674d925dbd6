import { toBase64Url } from '../base64url.ts';
import { normalizeUsername, usernameKey } from '../policy/username.ts';
import { newLinkToken } from '../records/link-token.ts';
import type { User } from '../records/user.ts';
import { type Administration, auditOperator, byOperator } from './administration.ts';
import { type AccountFacts, accountFacts } from './facts.ts';
import { RefusedAct } from './refusal.ts';

export interface Enrolment {
  readonly account: AccountFacts;
  /** Whether the account was made for it. */
  readonly created: boolean;
  /** What its person opens; it is told only here, and only its hash is kept. */
  readonly link: string;
  readonly expiresAt: string;
}

/** Whoever opens the link may add a passkey to the account, once. */
export async function offerEnrolment(
  deps: Administration,
  { user, created, minutes }: { user: User; created: boolean; minutes: number },
): Promise<Enrolment> {
  const { token, tokenHash } = newLinkToken(deps.random);
  const expiresAt = deps.now() + minutes * 60_000;
  const evidence = { ...byOperator(deps), expiresAt };
  await deps.store.offerEnrolment({
    tokenHash,
    userId: user.id,
    expiresAt,
    audit: [auditOperator(deps, user, 'enrolment-offered', null, evidence)],
  });
  return {
    account: accountFacts(user),
    created,
    // Behind `#`, so that no server and no referrer sees it.
    link: `${deps.config.origin}/enrol#${token}`,
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

/**
 * An account without a passkey, for somebody who gets a link.
 *
 * @throws {RefusedAct} `name_unusable`, `name_taken`
 */
export async function openAccount(deps: Administration, name: string): Promise<User> {
  const username = normalizeUsername(name);
  if (username === null) throw new RefusedAct({ code: 'name_unusable', account: name });
  const user: User = {
    ...{ id: toBase64Url(deps.random(32)), username, displayName: username },
    ...{ createdAt: deps.now(), disabledAt: null, policy: null },
  };
  const audit = [auditOperator(deps, user, 'account-opened', null, byOperator(deps))];
  const key = usernameKey(username);
  const [outcome] = await deps.store.importAccounts([
    { user, usernameKey: key, credentials: [], audit },
  ]);
  if (outcome === 'username_taken') throw new RefusedAct({ code: 'name_taken', account: name });
  return user;
}
