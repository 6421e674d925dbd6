/** Who may open an account by themselves: anybody, whoever was invited, or nobody. */
export const signUpPolicies = ['open', 'invitation', 'closed'] as const;
export type SignUpPolicy = (typeof signUpPolicies)[number];

/**
 * Whether somebody may sign up. An invitation is an act of the operator, so it opens an account whatever the policy
 * tells strangers.
 */
export function maySignUp(policy: SignUpPolicy, { isInvited }: { isInvited: boolean }): boolean {
  return policy === 'open' || isInvited;
}
