/** For operators and tools: is it alive, can it work, how is it doing. */
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { metricsContentType } from '../metrics.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import { status } from './schemas/operations.ts';

/**
 * How long one answer is everybody's: a ping writes, the metrics take milliseconds to gather, and outsiders may
 * ask freely.
 */
const sharedForMs = 1_000;

export function operationEndpoints(): readonly Endpoint[] {
  const ping = shared(({ store }) => store.ping());
  const metrics = shared((deps) => deps.metrics.text());

  return [
    endpoint({
      id: 'isAlive',
      method: 'get',
      path: '/healthz',
      summary: 'The process lives',
      who: 'anyone',
      answer: { 200: status },
      codes: [],
      handle: () => ok({ status: 'ok' }),
    }),
    endpoint({
      id: 'isReady',
      method: 'get',
      path: '/readyz',
      summary: 'The database takes writes from this process, and it is not about to end',
      who: 'anyone',
      answer: { 200: status },
      codes: ['unavailable'],
      handle: async (deps) => {
        if (deps.isEnding()) throw new RpError('unavailable', { detail: 'the server is ending' });
        await ping(deps);
        return ok({ status: 'ok' });
      },
    }),
    endpoint({
      id: 'metrics',
      method: 'get',
      path: '/metrics',
      summary: 'Counters and timings for Prometheus',
      who: 'anyone',
      answer: { 200: metricsContentType },
      codes: ['unavailable'],
      handle: async (deps) => ok(await metrics(deps)),
    }),
  ];
}

/** The same work for all who ask while it is done and for a second after it. */
function shared<Result>(work: (deps: Deps) => Promise<Result>): (deps: Deps) => Promise<Result> {
  let outcome: Promise<Result> | undefined;
  let isPending = false;
  let endedAt = 0;
  return (deps) => {
    // A clock that was set back must not make it last.
    const isFresh = isPending || Math.abs(deps.now() - endedAt) < sharedForMs;
    if (outcome !== undefined && isFresh) return outcome;
    isPending = true;
    outcome = work(deps).finally(() => {
      isPending = false;
      endedAt = deps.now();
    });
    return outcome;
  };
}
