import { Router } from 'express';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** Prometheus metrics, in a registry of this app alone. No label ever holds what a client chose. */
export function metricsRouter(): Router {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const ceremonies = new Counter({
    name: 'latchkey_ceremonies_total',
    help: 'Ceremonies that came to verify, by kind and outcome (ok or the error code).',
    labelNames: ['ceremony', 'outcome'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'latchkey_http_request_duration_seconds',
    help: 'Time to answer, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  });

  const router = Router({ caseSensitive: true });
  router.use((request, response, next) => {
    const stop = durations.startTimer();
    response.once('finish', () => {
      const route: unknown = request.route?.path;
      const name = typeof route === 'string' ? route : 'other';
      stop({ method: request.method, route: name, status: response.statusCode });
      const ceremony = /^\/api\/(registration|authentication)\/verify$/.exec(name)?.[1];
      if (ceremony) ceremonies.inc({ ceremony, outcome: response.locals.code ?? 'ok' });
    });
    next();
  });
  router.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}
