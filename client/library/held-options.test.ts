import { expect, test, vi } from 'vitest';
import { HeldOptions } from './held-options.ts';

const options = (challenge: string, timeout?: number) => ({
  challenge,
  ...(timeout && { timeout }),
});

function setUp() {
  const clock = { now: 1_000 };
  let asked = 0;
  const fetch = vi.fn(async () => options(`fetched ${++asked}`, 10_000));
  return { clock, fetch, held: new HeldOptions(fetch, () => clock.now) };
}

test('options that are held are used without asking', async () => {
  const { held, fetch } = setUp();
  held.hold(options('embedded', 10_000), 1_000);
  expect(await held.fresh()).toEqual(options('embedded', 10_000));
  expect(fetch).not.toHaveBeenCalled();
});

test('options are stale after four fifths of their life', async () => {
  const { held, clock } = setUp();
  held.hold(options('embedded', 10_000), 1_000);
  clock.now = 8_999;
  expect(held.staleIn()).toBe(1);
  clock.now = 9_000;
  expect(held.staleIn()).toBe(0);
  expect((await held.fresh()).challenge).toBe('fetched 1');
  expect(held.staleIn()).toBe(8_000);
});

test('options without a timeout are trusted for a while', () => {
  const { held } = setUp();
  held.hold(options('embedded'), 1_000);
  expect(held.staleIn()).toBe(240_000);
});

test('used options are dropped, newer ones are kept', async () => {
  const { held } = setUp();
  const used = options('used', 10_000);
  held.hold(used, 1_000);
  held.hold(options('newer', 10_000), 1_000);
  held.drop(used);
  expect((await held.fresh()).challenge).toBe('newer');
  held.drop(await held.fresh());
  expect((await held.fresh()).challenge).toBe('fetched 1');
});

test('callers at the same time share one request, and a failure is not kept', async () => {
  const { held, fetch } = setUp();
  fetch.mockRejectedValueOnce(new Error('offline'));
  await expect(Promise.all([held.fresh(), held.fresh()])).rejects.toThrow('offline');
  expect(fetch).toHaveBeenCalledTimes(1);
  expect((await held.fresh()).challenge).toBe('fetched 1');
});
