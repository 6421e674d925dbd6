import { expect, it } from 'vitest';
import type { CredentialState } from '../records/credential.ts';
import type { EvidencePolicy } from './evidence.ts';
import { ownersEndSuspicions, suspicionEndsAt } from './suspicion.ts';

const week = 7 * 86_400_000;
const policy = (signCountRegression: EvidencePolicy['signCountRegression']): EvidencePolicy => ({
  signCountRegression,
  backupEligibilityGain: 'refuse',
});

it.each([
  ['auto', true],
  ['step-up', true],
  ['refuse', false],
  ['mark', false],
] as const)('under %s an owner may end a suspicion: %s', (manner, may) => {
  expect(ownersEndSuspicions(policy(manner))).toBe(may);
  const suspected = { state: 'suspected-clone', counterFellAt: 1000 } as const;
  expect(suspicionEndsAt(policy(manner), suspected)).toBe(may ? 1000 + week : null);
});

it.each<[CredentialState, number | null]>([
  ['active', 1000],
  ['superseded', 1000],
  ['revoked', 1000],
  ['suspected-clone', null],
])('of one that is %s and fell at %s nothing ends', (state, counterFellAt) => {
  expect(suspicionEndsAt(policy('auto'), { state, counterFellAt })).toBeNull();
});
