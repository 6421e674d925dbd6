/**
 * What gives an account back. `RECOVERY` chooses a row; what a person has shown chooses the column:
 *
 *                  code alone   code and mail   mail alone
 *   off            nothing      nothing         nothing
 *   code           opens        opens           waits
 *   code-and-mail  nothing      opens           waits
 *
 * `opens`: a restricted session, at once. `waits`: a delayed recovery begins, which opens one when
 * `RECOVERY_DELAY_SECONDS` are over. NIST SP 800-63B-4 §3.1.3.1: mail alone never opens anything at once.
 */
export const recoveryPolicies = ['off', 'code', 'code-and-mail'] as const;
export type RecoveryPolicy = (typeof recoveryPolicies)[number];

type Outcome = 'opens' | 'waits' | 'nothing';
type Shown = 'code' | 'code and mail' | 'mail';

const table: Readonly<Record<RecoveryPolicy, Readonly<Record<Shown, Outcome>>>> = {
  off: { code: 'nothing', 'code and mail': 'nothing', mail: 'nothing' },
  code: { code: 'opens', 'code and mail': 'opens', mail: 'waits' },
  'code-and-mail': { code: 'nothing', 'code and mail': 'opens', mail: 'waits' },
};

interface Rules {
  readonly policy: RecoveryPolicy;
  /** Null if mail alone begins nothing. */
  readonly delayMs: number | null;
}

export function recoveryOutcome({ policy, delayMs }: Rules, shown: Shown): Outcome {
  const outcome = table[policy][shown];
  return outcome === 'waits' && delayMs === null ? 'nothing' : outcome;
}
