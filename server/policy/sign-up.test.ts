import { expect, it } from 'vitest';
import { maySignUp, signUpPolicies } from './sign-up.ts';

it.each([
  ['open', true],
  ['invitation', false],
  ['closed', false],
] as const)('with %s a stranger may sign up: %s; whoever was invited always may', (policy, may) => {
  expect(maySignUp(policy, { isInvited: false })).toBe(may);
  expect(maySignUp(policy, { isInvited: true })).toBe(true);
});

it('is tested with every policy', () => {
  expect(signUpPolicies).toEqual(['open', 'invitation', 'closed']);
});
