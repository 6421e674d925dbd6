import { expect, it } from 'vitest';
import { randomPool } from './random.ts';

it('never hands out the same bytes twice, whatever the lengths', () => {
  const random = randomPool();
  const drawn = Array.from({ length: 2000 }, (_, index) => random(index % 2 ? 16 : 33));
  expect(drawn.map(({ length }) => length).slice(0, 2)).toEqual([33, 16]);
  const seen = new Set(drawn.map((bytes) => Buffer.from(bytes).toString('hex').slice(0, 32)));
  expect(seen.size).toBe(2000);
});
