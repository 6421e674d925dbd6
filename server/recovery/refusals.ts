import { timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Every refusal comes after the same time, longer than any of the ways to it: how long tells nothing. */
const refusalMs = 20;

export async function steadily<Result>(work: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  try {
    return await work();
  } catch (error) {
    await delay(Math.max(0, began + refusalMs - performance.now()));
    throw error;
  }
}

export function isEqual(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}
