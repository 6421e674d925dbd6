import { Router } from 'express';
import type { Deps } from '../deps.ts';
import { metricsContentType } from '../metrics.ts';
import { openApiDocument } from './openapi.ts';

/** For operators and tools: is it alive, can it work, what does it offer. */
export function operationsRouter({ config, metrics, store }: Deps): Router {
  const router = Router({ caseSensitive: true });
  const document = openApiDocument(config);

  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    await store.ping();
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
