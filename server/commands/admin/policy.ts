import { policyFor, violationOf } from '../../policy/credential-policy.ts';
import { isAccepted } from '../../policy/ways-in.ts';
import type { User } from '../../records/user.ts';
import { accountView } from './accounts.ts';
import { type AdminDeps, AdminError, auditOperator, byOperator } from './operator.ts';
import { type Answer, plain, table } from './print.ts';

/**
 * Puts the account under a credential policy, and tells which of its passkeys are refused from then on.
 *
 * @throws {AdminError}
 */
export async function assignPolicy(deps: AdminDeps, user: User, name: string): Promise<Answer> {
  const { config, store } = deps;
  const policy = name === 'default' ? null : name;
  if (policy !== null && !Object.hasOwn(config.credentialPolicies, policy)) {
    throw new AdminError(`There is no policy ${plain(name)}: ${known(config)}.`);
  }
  const evidence = { ...byOperator(deps), from: user.policy, policy };
  const audit = [auditOperator(deps, user, 'policy-assigned', null, evidence)];
  await store.assignPolicy(user.id, policy, audit);
  const assigned = { ...user, policy };
  const { accepted, refused } = await judge(deps, assigned);
  const text = [
    plain(`${user.username} is under the policy ${name}.`),
    ...(refused.length === 0
      ? []
      : [
          `It refuses ${refused.length} of ${accepted} passkeys:`,
          table(
            ['PASSKEY', 'WHY', 'ID'],
            refused.map(({ name, violation, id }) => [name, violation, id]),
          ),
        ]),
  ];
  return { text: text.join('\n'), json: { account: accountView(assigned), refused } };
}

/** What sign-ins will make of the passkeys that are not revoked anyway. */
async function judge({ config, store }: AdminDeps, user: User) {
  const policy = policyFor(config.credentialPolicies, user);
  const accepted = (await store.listCredentials(user.id)).filter(isAccepted);
  const refused = accepted.flatMap((passkey) => {
    const { id, name } = passkey;
    const violation = violationOf(policy, passkey);
    return violation === null ? [] : [{ id, name, violation }];
  });
  return { accepted: accepted.length, refused };
}

function known({ credentialPolicies }: AdminDeps['config']): string {
  const names = new Set(['default', ...Object.keys(credentialPolicies)]);
  return `CREDENTIAL_POLICIES has ${[...names].join(', ')}`;
}
