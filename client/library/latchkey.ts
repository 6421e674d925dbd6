/**
 * Latchkey's passkeys in a browser: for the sign-in pages, or for a page of your own on the same
 * origin. No framework; every function rejects with a `Problem` or the browser's own exception, and
 * `explain` has words for both.
 */

import { accountProblems, vaultProblems } from '../words/en.ts';
import { type Explanation, explain as explainWith } from '../words/explain.ts';

/**
 * What went wrong, in words for people.
 *
 * @param error whatever was thrown
 * @param cancelled what did not happen, if the person closed the prompt
 */
export function explain(error: unknown, cancelled?: string): Explanation {
  return explainWith(error, cancelled, { ...accountProblems, ...vaultProblems });
}

// biome-ignore-start lint/performance/noBarrelFile: the one entry of the library
export type { Explanation } from '../words/explain.ts';
export type { AccountVault, ForVault, Opening, VaultStatus } from './account-vault.ts';
export type { Autofill, AutofillState } from './arm-autofill.ts';
export { armAutofill } from './arm-autofill.ts';
export type { CallOptions } from './call.ts';
export { conditionalCreate } from './conditional-create.ts';
export { setPageOwner } from './page-owner.ts';
export { Problem } from './problem.ts';
export { type Registration, register } from './register.ts';
export { type SignIn, signIn } from './sign-in.ts';
export { signal } from './signal.ts';
export type { Passkey, Registered, Signals, SignedIn, User } from './types.ts';
export { postponeUpgrade, upgrade } from './upgrade.ts';
export { vault } from './vault.ts';
// biome-ignore-end lint/performance/noBarrelFile: the one entry of the library
