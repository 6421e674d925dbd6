import { expect, it } from 'vitest';
import { recoveryOutcome } from './recovery.ts';

it.each([
  ['off', 'code', 'nothing'],
  ['off', 'code and mail', 'nothing'],
  ['off', 'mail', 'nothing'],
  ['code', 'code', 'opens'],
  ['code', 'code and mail', 'opens'],
  ['code', 'mail', 'waits'],
  ['code-and-mail', 'code', 'nothing'],
  ['code-and-mail', 'code and mail', 'opens'],
  ['code-and-mail', 'mail', 'waits'],
] as const)('%s: for %s there is %s', (policy, shown, outcome) => {
  expect(recoveryOutcome({ policy, delayMs: 1 }, shown)).toBe(outcome);
  const without = outcome === 'waits' ? 'nothing' : outcome;
  expect(recoveryOutcome({ policy, delayMs: null }, shown)).toBe(without);
});
