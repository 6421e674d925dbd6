import { policyFor, violationOf } from '../policy/credential-policy.ts';
import { isAccepted } from '../policy/ways-in.ts';
import type { User } from '../records/user.ts';
import { type Administration, auditOperator, byOperator } from './administration.ts';
import { type AccountFacts, accountFacts } from './facts.ts';
import { RefusedAct } from './refusal.ts';

export interface AssignedPolicy {
  readonly account: AccountFacts;
  /** How many passkeys are not revoked. */
  readonly accepted: number;
  /** Those of them that the policy does not allow, and why. */
  readonly refused: readonly {
    readonly id: string;
    readonly name: string;
    readonly violation: string;
  }[];
}

/**
 * Puts the account under a credential policy, and tells which of its passkeys are refused from then on.
 *
 * @param name of a policy, or `default`
 * @throws {RefusedAct} `policy_unknown`
 */
export async function assignPolicy(
  deps: Administration,
  user: User,
  name: string,
): Promise<AssignedPolicy> {
  const { config, store } = deps;
  const policy = name === 'default' ? null : name;
  if (policy !== null && !Object.hasOwn(config.credentialPolicies, policy)) {
    const configured = [...new Set(['default', ...Object.keys(config.credentialPolicies)])];
    throw new RefusedAct({ code: 'policy_unknown', policy: name, configured });
  }
  const evidence = { ...byOperator(deps), from: user.policy, policy };
  await store.assignPolicy(user.id, policy, [
    auditOperator(deps, user, 'policy-assigned', null, evidence),
  ]);
  const assigned = { ...user, policy };
  return { account: accountFacts(assigned), ...(await judge(deps, assigned)) };
}

async function judge({ config, store }: Administration, user: User) {
  const policy = policyFor(config.credentialPolicies, user);
  const accepted = (await store.listCredentials(user.id)).filter(isAccepted);
  const refused = accepted.flatMap((passkey) => {
    const { id, name } = passkey;
    const violation = violationOf(policy, passkey);
    return violation === null ? [] : [{ id, name, violation }];
  });
  return { accepted: accepted.length, refused };
}
