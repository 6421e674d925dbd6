import { expect, it } from 'vitest';
import { recordKey, timedId } from './record-key.ts';

const random = 'A'.repeat(43);

it('what is made later has a key further behind', () => {
  const keys = [1, 255, 256, 1_800_000_000_000].map((at) =>
    recordKey('AccessToken', timedId(random, at)),
  );
  expect(keys).toEqual(keys.toSorted());
  expect(new Set(keys).size).toBe(keys.length);
});

it('the whole ID and its kind make the key', () => {
  const id = timedId(random, 5);
  const others = [timedId(`${random.slice(1)}B`, 5), timedId(random, 6), random, `${id}A`, ''];
  const keys = others.map((other) => recordKey('AccessToken', other));
  expect(new Set([...keys, recordKey('AccessToken', id), recordKey('Grant', id)]).size).toBe(7);
});

it('an ID that is none has a key too', () => {
  expect(recordKey('AccessToken', '!'.repeat(51))).toMatch(/^[\w-]{43}$/);
});
