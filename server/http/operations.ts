import { Router } from 'express';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { metricsContentType } from '../metrics.ts';
import { openApiDocument } from './openapi.ts';

/** How long one answer of the database is everybody's: a ping writes, and outsiders ask freely. */
const pingHoldsMs = 1_000;

/** For operators and tools: is it alive, can it work, what does it offer. */
export function operationsRouter(deps: Deps): Router {
  const router = Router({ caseSensitive: true });
  const { config, metrics } = deps;
  const document = openApiDocument(config);
  const ping = sharedPing(deps);

  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    if (deps.isEnding()) throw new RpError('unavailable', { detail: 'the server is ending' });
    await ping();
    response.json({ status: 'ok' });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(metricsContentType).send(await metrics.text());
  });
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });

  return router;
}

/** One ping at a time, and its outcome for all who ask while it is fresh. */
function sharedPing({ store, now }: Deps): () => Promise<void> {
  let outcome: Promise<void> | undefined;
  let pending = false;
  let endedAt = 0;
  return () => {
    // A clock that was set back must not make it last.
    const isFresh = pending || Math.abs(now() - endedAt) < pingHoldsMs;
    if (outcome !== undefined && isFresh) return outcome;
    pending = true;
    outcome = store.ping().finally(() => {
      pending = false;
      endedAt = now();
    });
    return outcome;
  };
}
