/**
 * Delivers the messages of the outbox, in every process that serves.
 *
 * Guarantees: a message is forgotten only after its channel has delivered it, or it was given up; no attempt
 * begins that could outlast the lease. A process that is killed between an attempt and its mark leaves a message
 * that is delivered again: at least once, never not at all.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Deps } from '../deps.ts';
import { retryAt } from '../policy/retry.ts';
import type { Channel, Delivery, Message } from '../records/outbox.ts';

/** Attempts at once; mail servers accept few connections from one machine. */
const atOnce = 4;

const defaults = {
  /** How often it looks for what is due. What this process writes wakes it at once. */
  everyMs: 5_000,
  leaseMs: 60_000,
  /** How long an attempt may take. */
  attemptMs: 30_000,
  /** How long attempts may still run when the process ends. */
  lastCallMs: 3_000,
};

export interface DeliveryLoop {
  /** Something was written. */
  wake(): void;
  close(): Promise<void>;
}

export function startDelivery(
  deps: Pick<Deps, 'store' | 'now' | 'log' | 'metrics'>,
  channels: readonly Channel[],
  options: Partial<typeof defaults> = {},
): DeliveryLoop {
  const limits = { ...defaults, ...options };
  const ending = new AbortController();
  const tooLate = new AbortController();
  const loops = channels.map((channel) => {
    const bell = createBell(limits.everyMs);
    ending.signal.addEventListener('abort', bell.ring);
    const run = async () => {
      while (!ending.signal.aborted) {
        const taken = await deliverSome(deps, channel, limits, ending.signal, tooLate.signal);
        if (taken === 0) await bell.wait();
      }
    };
    return { ring: bell.ring, ended: run() };
  });

  return {
    wake: () => {
      for (const { ring } of loops) ring();
    },
    async close() {
      ending.abort();
      const giveUp = setTimeout(() => tooLate.abort(), limits.lastCallMs);
      await Promise.all(loops.map(({ ended }) => ended));
      clearTimeout(giveUp);
    },
  };
}

/** Resolves to how many messages were taken; to none if the database does not answer. */
async function deliverSome(
  { store, now, log, metrics }: Parameters<typeof startDelivery>[0],
  channel: Channel,
  { leaseMs, attemptMs }: typeof defaults,
  ending: AbortSignal,
  tooLate: AbortSignal,
): Promise<number> {
  const leaseEnds = performance.now() + leaseMs;
  let messages: Message[];
  try {
    messages = await store.takeMessages(channel.channel, now(), leaseMs);
  } catch (error) {
    log.warn({ err: error, channel: channel.channel }, 'messages could not be taken');
    return 0;
  }
  const waiting = [...messages];

  async function work(): Promise<void> {
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
      await handle(message);
    }
  }

  async function handle(message: Message): Promise<void> {
    const { id, attempts } = message;
    // Others may take it as soon as the lease is over, so what can't be finished by then is not begun.
    if (performance.now() + attemptMs > leaseEnds) return;
    const outcome = ending.aborted ? { retryAt: now() } : await attempt(message);
    const told = typeof outcome === 'string' ? outcome : Object.keys(outcome)[0];
    metrics.deliveries.inc({ channel: channel.channel, outcome: told ?? '' });
    if (outcome !== 'delivered' && 'giveUp' in outcome) {
      const line = { channel: channel.channel, message: id, attempts, why: outcome.giveUp };
      log.error(line, 'a message was given up');
    }
    await mark(message, outcome);
  }

  async function attempt(message: Message): Promise<Delivery> {
    const signal = AbortSignal.any([tooLate, AbortSignal.timeout(attemptMs)]);
    try {
      return await withinTime(channel.deliver(message, signal), signal);
    } catch (error) {
      const { id, attempts } = message;
      const line = { err: error, channel: channel.channel, message: id, attempts };
      log.warn(line, 'a message could not be delivered');
      const next = retryAt(message, now());
      return next === null ? { giveUp: lastOf(error) } : { retryAt: next };
    }
  }

  /** As long as the lease lasts, because a message that is not marked is delivered again. */
  async function mark(message: Message, outcome: Delivery): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        if (outcome === 'delivered') await store.deliveredMessage(message);
        else if ('giveUp' in outcome) await store.giveUpMessage(message, outcome.giveUp);
        else await store.postponeMessage(message, outcome.retryAt);
        return;
      } catch (error) {
        log.warn({ err: error, message: message.id }, 'what became of a message was not stored');
        if (tooLate.aborted || performance.now() > leaseEnds) return;
        await pause(Math.min(5_000, 100 * 2 ** tries), null, { signal: tooLate }).catch(() => {});
      }
    }
  }

  await Promise.all(Array.from({ length: atOnce }, work));
  return messages.length;
}

/** What channels throw names no address and no secret. */
function lastOf(error: unknown): string {
  const told = error instanceof Error ? error.message : 'unknown';
  return `every attempt failed, the last with: ${told.slice(0, 200)}`;
}

/** A channel that does not hear the signal is left behind. */
function withinTime<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const late = () => reject(signal.reason as Error);
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
  });
}

/** Waiting that ends after a while, or when it rings; a ring while nobody waits ends the next wait. */
function createBell(everyMs: number) {
  let rung = false;
  let stopWaiting = () => {};
  return {
    ring: () => {
      rung = true;
      stopWaiting();
    },
    async wait(): Promise<void> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, everyMs);
          stopWaiting = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      rung = false;
    },
  };
}
