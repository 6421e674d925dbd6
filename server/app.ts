import express, { type Express } from 'express';
import { pinoHttp } from 'pino-http';
import type { Deps } from './deps.ts';
import { apiRouter } from './http/api.ts';
import { securityHeaders } from './http/headers.ts';
import { metricsRouter } from './http/metrics.ts';
import { operationsRouter } from './http/operations.ts';
import { pagesRouter } from './http/pages.ts';
import { answerNotFound, answerProblem } from './http/problem.ts';

/** The whole application behind one handler: middleware, routers, and the error handler last. */
export function buildApp(deps: Deps): Express {
  const app = express();
  app.set('etag', false);
  app.set('query parser', false);
  app.set('trust proxy', deps.config.trustProxy);
  app.set('case sensitive routing', true);

  // Only what can't hold a secret is logged: no header, no query, no body.
  app.use(
    pinoHttp({
      logger: deps.log,
      quietReqLogger: true,
      serializers: {
        req: ({ id, method, url }) => ({ id, method, path: String(url).split('?')[0] }),
        res: ({ statusCode }) => ({ statusCode }),
      },
    }),
  );
  app.use(securityHeaders(deps.config));
  app.use(metricsRouter(deps));
  app.use(operationsRouter(deps));
  app.use(apiRouter(deps));
  app.use(pagesRouter(deps));
  app.use(answerNotFound);
  app.use(answerProblem(deps.log));
  return app;
}
