import { expect, it } from 'vitest';
import { retryAt } from './retry.ts';

const [second, hour, day] = [1000, 3_600_000, 86_400_000];

it.each([
  [1, 20 * second],
  [2, 40 * second],
  [3, 80 * second],
  [10, 10_240 * second],
  [11, 4 * hour],
  [1000, 4 * hour],
])('after %i attempts the next one is %i ms later', (attempts, wait) => {
  expect(retryAt({ attempts, createdAt: 0 }, 100)).toBe(100 + wait);
});

it('a message is given up after five days', () => {
  expect(retryAt({ attempts: 20, createdAt: 0 }, 5 * day - 1)).not.toBeNull();
  expect(retryAt({ attempts: 20, createdAt: 0 }, 5 * day)).toBeNull();
});
