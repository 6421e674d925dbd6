import type { Lock } from './lock.ts';
import { driftOf, sameWay } from './next-envelopes.ts';
import type { VaultState } from './state.ts';
import { type VaultCode, VaultProblem } from './vault-problem.ts';
import { isWorthless } from './ways-in.ts';

/** Why none of these locks opens this vault. */
export function refusal(state: VaultState, locks: readonly Lock[]): VaultProblem {
  return new VaultProblem(reasonOf(state, locks));
}

function reasonOf(state: VaultState, locks: readonly Lock[]): VaultCode {
  const { envelopes } = state;
  if (isWorthless(state)) return 'vault_missing';
  const [first] = locks;
  if (first === undefined) return 'vault_no_answer';
  if (first.way.kind === 'recovery') return 'vault_code_wrong';
  const drifts = locks.map(({ way }) => driftOf(envelopes, way));
  if (drifts.includes('changed')) return 'vault_answer_changed';
  if (drifts.includes('unsteady')) return 'vault_answer_unsteady';
  const isThere = locks.some(({ way }) => sameWay(envelopes, way) !== undefined);
  return isThere ? 'vault_damaged' : 'vault_other_passkey';
}
