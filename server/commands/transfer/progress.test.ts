import { describe, expect, it } from 'vitest';
import { progressOn } from './progress.ts';

function run(isTTY: boolean): string {
  let [text, clock] = ['', 0];
  const stream = { isTTY, write: (more: string) => (text += more) };
  const progress = progressOn(stream, () => clock);
  for (const [at, accounts] of [
    [10, 500],
    [1_000, 9_000],
    [1_500, 12_000],
    [10_000, 50_000],
  ] as const) {
    clock = at;
    progress.count(accounts);
  }
  progress.say('line 3: not JSON');
  progress.end();
  return text;
}

describe('the progress of a long run', () => {
  it('is a line now and then where nobody looks', () => {
    expect(run(false)).toBe('50000 accounts, 5000 a second\nline 3: not JSON\n');
  });

  it('is one line that moves on a terminal, and leaves those that stay whole', () => {
    const erase = '\r\u001b[K';
    const counts = ['9000 accounts, 9000 a second', '50000 accounts, 5000 a second'];
    expect(run(true)).toBe(
      `${counts.map((each) => erase + each).join('')}${erase}line 3: not JSON\n${erase}`,
    );
  });
});
