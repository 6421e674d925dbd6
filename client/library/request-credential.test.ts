import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { requestCredential } from './request-credential.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const credential = {} as Credential;

/** A request that waits for a person, and rejects some time after it was aborted. */
function pending(log: string[], name: string, obedience = 0) {
  return (signal: AbortSignal) =>
    new Promise<Credential>((_resolve, reject) => {
      log.push(`${name} starts`);
      signal.addEventListener('abort', () =>
        setTimeout(() => {
          log.push(`${name} ends`);
          reject(signal.reason);
        }, obedience),
      );
    });
}

test('with nothing pending the request starts in the same turn', async () => {
  const start = vi.fn(async () => credential);
  const answer = requestCredential(start);
  expect(start).toHaveBeenCalledTimes(1);
  expect(await answer).toBe(credential);
});

test('a new request waits for the end of the one it replaces', async () => {
  const log: string[] = [];
  const first = requestCredential(pending(log, 'first', 100));
  const aborted = expect(first).rejects.toMatchObject({ name: 'AbortError' });
  const second = requestCredential(async () => {
    log.push('second starts');
    return credential;
  });
  await vi.advanceTimersByTimeAsync(100);
  await aborted;
  expect(await second).toBe(credential);
  expect(log).toEqual(['first starts', 'first ends', 'second starts']);
});

test('a request that ignores its abort is not waited for without end', async () => {
  const first = requestCredential(() => new Promise(() => {}));
  first.catch(() => {});
  const second = requestCredential(async () => credential);
  await vi.advanceTimersByTimeAsync(500);
  expect(await second).toBe(credential);
});

test('an answer that comes after the abort is dropped', async () => {
  let answer = (_: Credential) => {};
  const first = requestCredential(() => new Promise((resolve) => (answer = resolve)));
  const aborted = expect(first).rejects.toMatchObject({ name: 'AbortError' });
  const second = requestCredential(async () => credential);
  answer(credential);
  await aborted;
  expect(await second).toBe(credential);
});

test('of three requests in a row only the last one is asked', async () => {
  const log: string[] = [];
  const first = requestCredential(pending(log, 'first', 50));
  const second = requestCredential(pending(log, 'second'));
  const third = requestCredential(async () => credential);
  const ended = Promise.allSettled([first, second]);
  await vi.advanceTimersByTimeAsync(50);
  expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await third).toBe(credential);
  expect(log).toEqual(['first starts', 'first ends']);
});

test('the outer signal ends the request', async () => {
  const stop = new AbortController();
  const answer = requestCredential(pending([], 'first'), stop.signal);
  const aborted = expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  stop.abort();
  await vi.advanceTimersByTimeAsync(0);
  await aborted;
});

test('no credential is the same as a closed prompt', async () => {
  await expect(requestCredential(async () => null)).rejects.toMatchObject({
    name: 'NotAllowedError',
  });
});

test('a request that was stopped before it began does not start, and disturbs none', async () => {
  const log: string[] = [];
  const open = requestCredential(pending(log, 'open'));
  const start = vi.fn(async () => credential);
  await expect(requestCredential(start, AbortSignal.abort())).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(start).not.toHaveBeenCalled();
  expect(log).toEqual(['open starts']);
  const ended = expect(open).rejects.toMatchObject({ name: 'AbortError' });
  void requestCredential(async () => credential);
  await vi.runAllTimersAsync();
  await ended;
});
