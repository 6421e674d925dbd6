import type { Credential, CredentialState } from '../records/credential.ts';
import { signCountRegressed } from './sign-count.ts';

/**
 * What a correctly signed assertion may still give away, and what the operator wants done about it.
 */
export interface EvidencePolicy {
  /**
   * A counter that fell: `refuse` the assertion; `mark` the credential and sign in; or sign in and let a
   * `step-up` take the mark off again. In every case it is marked and recorded. `auto` refuses for a
   * credential that is bound to its device, whose mark a step-up takes off; of one that syncs it keeps the
   * evidence and does nothing, because each of its copies may count for itself.
   */
  readonly signCountRegression: 'auto' | 'refuse' | 'mark' | 'step-up';
  /** A credential that became eligible for backup: against the specification, but seen. */
  readonly backupEligibilityGain: 'refuse' | 'accept';
}

export interface Evidence {
  readonly signCount: number;
  readonly backupEligible: boolean;
}

type Recorded = Pick<Credential, 'signCount' | 'backupEligible' | 'backupKnown' | 'state'>;

type Finding = 'backup-eligibility-changed' | 'sign-count-regressed';

export interface Judgement {
  readonly findings: readonly Finding[];
  /** The finding that the assertion is refused for. */
  readonly refusal: Finding | null;
  /** What becomes of the credential, accepted or not. */
  readonly state: CredentialState;
  /** Whether the counter fell, be it a finding or not. */
  readonly fell: boolean;
}

/** WebAuthn L3 §7.2 steps 19 and 22, as the policy has them. */
export function judgeEvidence(
  policy: EvidencePolicy,
  recorded: Recorded,
  presented: Evidence,
): Judgement {
  const flipped = recorded.backupKnown && recorded.backupEligible !== presented.backupEligible;
  const fell = signCountRegressed(recorded.signCount, presented.signCount);
  // What was eligible can't become bound to one device: that is always refused.
  const tolerated = policy.backupEligibilityGain === 'accept' && presented.backupEligible;
  const refuseFlip = flipped && !tolerated;
  const answer = fell ? answerToFall(policy, presented.backupEligible && !flipped) : 'nothing';
  const suspects = answer !== 'nothing';
  const findings: Finding[] = [];
  if (flipped) findings.push('backup-eligibility-changed');
  if (suspects) findings.push('sign-count-regressed');
  const refuseFall = answer === 'refuse';
  return {
    findings,
    refusal: refuseFlip ? 'backup-eligibility-changed' : refuseFall ? 'sign-count-regressed' : null,
    state: stateAfter(recorded.state, suspects, refuseFlip),
    fell,
  };
}

/** @param syncs whether the credential always said that it may be on several devices */
function answerToFall(
  { signCountRegression }: EvidencePolicy,
  syncs: boolean,
): 'nothing' | 'refuse' | 'suspect' {
  if (signCountRegression === 'auto') return syncs ? 'nothing' : 'refuse';
  return signCountRegression === 'refuse' ? 'refuse' : 'suspect';
}

/** A superseded credential that is used lives on somewhere, so it is active again. */
function stateAfter(
  state: CredentialState,
  isSuspected: boolean,
  isRefused: boolean,
): CredentialState {
  if (isSuspected) return 'suspected-clone';
  return state === 'superseded' && !isRefused ? 'active' : state;
}
