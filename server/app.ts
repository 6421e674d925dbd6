import express, { type Express } from 'express';
import type { Deps } from './deps.ts';
import { apiRouter } from './http/api.ts';
import { cutOffUnread } from './http/body.ts';
import { securityHeaders } from './http/headers.ts';
import { countRequests } from './http/metrics.ts';
import { operationsRouter } from './http/operations.ts';
import { pagesRouter } from './http/pages.ts';
import { answerNotFound, answerProblem } from './http/problem.ts';
import { logRequests } from './http/request-log.ts';
import { wellKnownRouter } from './http/well-known.ts';

/** The whole application behind one handler: middleware, routers, and the error handler last. */
export function buildApp(deps: Deps): Express {
  const app = express();
  app.set('etag', false);
  app.set('query parser', false);
  app.set('trust proxy', deps.config.trustProxy);
  app.set('case sensitive routing', true);

  app.set('x-powered-by', false);
  app.use(cutOffUnread);
  app.use(logRequests(deps.log));
  app.use(securityHeaders(deps.config));
  app.use(countRequests(deps));
  app.use(apiRouter(deps));
  app.use(pagesRouter(deps));
  app.use(operationsRouter(deps));
  app.use(wellKnownRouter(deps));
  app.use(answerNotFound);
  app.use(answerProblem(deps.log));
  return app;
}
