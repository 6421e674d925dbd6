import type { FinishedRotation, SaltFacts } from '../../administration/salt-rotation.ts';
import { time } from './print.ts';

export function saltText({ salt, rotation }: SaltFacts): string {
  if (rotation === null) return `The salt is ${salt}. No rotation is under way.`;
  const { next, since, finishableAt, left, orphans } = rotation;
  return [
    ['salt', salt],
    ['next salt', next],
    ['since', time(since)],
    ['not finished before', time(finishableAt)],
    ['envelopes left', String(left)],
    ['vaults that nothing would open', String(orphans)],
  ]
    .map(([name = '', value = '']) => `${name.padEnd(32)}${value}`)
    .join('\n');
}

export function finishedText({ salt, left }: FinishedRotation): string {
  return `The salt is ${salt} now. ${left} envelopes were left behind.`;
}
