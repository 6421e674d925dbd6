import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import type { CredentialState } from '../records/credential.ts';
import { type EvidencePolicy, judgeEvidence } from './evidence.ts';

const states: CredentialState[] = ['active', 'superseded', 'suspected-clone'];
const falls: EvidencePolicy['signCountRegression'][] = ['auto', 'refuse', 'mark', 'step-up'];
const gains: EvidencePolicy['backupEligibilityGain'][] = ['refuse', 'accept'];

/** WebAuthn L3 §7.2 step 22: what was stored, what came, and whether that is a fall. */
const counters = [
  [0, 0, false],
  [0, 1, false],
  [5, 6, false],
  [4_294_967_294, 4_294_967_295, false],
  [5, 5, true],
  [5, 4, true],
  [5, 0, true],
] as const;

/** §7.2 step 19: stored, presented, whether the stored one was known, and what that is. */
const flags = [
  [false, false, true, 'same'],
  [true, true, true, 'same'],
  [false, true, true, 'gained'],
  [true, false, true, 'lost'],
  [false, true, false, 'same'],
  [true, false, false, 'same'],
] as const;

const rows = states.flatMap((state) =>
  falls.flatMap((fall) =>
    gains.flatMap((gain) =>
      counters.flatMap((counter) => flags.map((flag) => ({ state, fall, gain, counter, flag }))),
    ),
  ),
);

/** The tables of docs/life-of-a-passkey.md, read a second time. */
function expected({ state, fall, gain, counter, flag }: (typeof rows)[number]) {
  const fell = counter[2];
  const flip = flag[3];
  const flipRefused = flip === 'lost' || (flip === 'gained' && gain === 'refuse');
  // What always said that it syncs may count in several places.
  const syncs = flag[1] && flip === 'same';
  const suspected = fell && !(fall === 'auto' && syncs);
  const fallRefused = suspected && (fall === 'refuse' || fall === 'auto');
  const refusals = [
    ...(flipRefused ? ['backup-eligibility-changed'] : []),
    ...(fallRefused ? ['sign-count-regressed'] : []),
  ];
  const after = {
    active: 'active',
    superseded: flipRefused ? 'superseded' : 'active',
    'suspected-clone': 'suspected-clone',
    revoked: 'revoked',
  };
  return {
    findings: [
      ...(flip === 'same' ? [] : ['backup-eligibility-changed']),
      ...(suspected ? ['sign-count-regressed'] : []),
    ],
    refusal: refusals[0] ?? null,
    state: suspected ? 'suspected-clone' : after[state],
    fell,
  };
}

describe('the evidence of a good signature', () => {
  it.each(rows)(
    '$state, counter $counter, BE $flag, under $fall and $gain',
    ({ state, fall, gain, counter, flag }) => {
      const [signCount, presentedCount] = counter;
      const [backupEligible, presentedEligible, backupKnown] = flag;
      const judged = judgeEvidence(
        { signCountRegression: fall, backupEligibilityGain: gain },
        { state, signCount, backupEligible, backupKnown },
        { signCount: presentedCount, backupEligible: presentedEligible },
      );
      expect(judged).toEqual(expected({ state, fall, gain, counter, flag }));
    },
  );

  it.each([
    [
      'a counter that fell, of one bound to its device',
      [5, 4],
      [false, false],
      'sign-count-regressed',
    ],
    ['no counter that fell, of one that syncs', [5, 4], [true, true], null],
    [
      'a counter that fell, of one that syncs only now',
      [0, 0],
      [false, true],
      'backup-eligibility-changed',
    ],
    ['one that became eligible', [0, 0], [false, true], 'backup-eligibility-changed'],
    ['one that is no longer eligible', [0, 0], [true, false], 'backup-eligibility-changed'],
    ['both', [5, 4], [true, false], 'backup-eligibility-changed'],
    ['neither', [5, 6], [true, true], null],
  ] as const)('by default refuses %s', (_what, [from, to], [was, is], refusal) => {
    const judged = judgeEvidence(
      loadConfig({}).evidence,
      { state: 'active', signCount: from, backupEligible: was, backupKnown: true },
      { signCount: to, backupEligible: is },
    );
    expect(judged.refusal).toBe(refusal);
  });
});
