import { atMost } from './at-most.ts';

/**
 * The one door to `navigator.credentials`.
 *
 * Guarantees: one request at a time. A new one aborts the one before it and waits for its end,
 * because WebKit queues a request behind one that is being cancelled. Old WebKit may ignore an abort
 * for a while, so the wait is bounded, and an answer that comes after the abort is dropped. Where
 * nothing is pending the request starts in the same turn, so that a click still counts as a gesture.
 */

const ABORT_PATIENCE_MS = 500;

type Start = (signal: AbortSignal) => Promise<Credential | null>;

let pending: { controller: AbortController; ended: Promise<unknown> } | undefined;

/** Runs one request; rejects with AbortError when `stop` fires or a later request takes its place. */
export function requestCredential(start: Start, stop?: AbortSignal): Promise<PublicKeyCredential> {
  if (stop?.aborted) return Promise.reject(stop.reason);
  const previous = pending;
  const controller = new AbortController();
  const abort = () => controller.abort();
  stop?.addEventListener('abort', abort);
  const ended = run(start, controller.signal, previous);
  const mine = { controller, ended };
  pending = mine;
  const leave = () => {
    if (pending === mine) pending = undefined;
    stop?.removeEventListener('abort', abort);
  };
  ended.then(leave, leave);
  return ended;
}

async function run(
  start: Start,
  signal: AbortSignal,
  previous: typeof pending,
): Promise<PublicKeyCredential> {
  if (previous) {
    previous.controller.abort();
    await atMost(ABORT_PATIENCE_MS, previous.ended);
  }
  signal.throwIfAborted();
  const credential = await start(signal);
  signal.throwIfAborted();
  if (!credential) throw new DOMException('no credential', 'NotAllowedError');
  return credential as PublicKeyCredential;
}
