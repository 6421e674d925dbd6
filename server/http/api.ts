import { Router } from 'express';
import type { Deps } from '../deps.ts';
import { accountRouter } from './account.ts';
import { authenticationRouter } from './authentication.ts';
import { readJson } from './body.ts';
import { noStore } from './headers.ts';
import { limitChanges } from './limit.ts';
import { registrationRouter } from './registration.ts';
import { requireSameOrigin } from './same-origin.ts';

/** Everything under /api, behind its guards: both are case-sensitive, so that no spelling goes round them. */
export function apiRouter(deps: Deps): Router {
  return Router({ caseSensitive: true })
    .use('/api', noStore, requireSameOrigin(deps.config), limitChanges(deps), readJson)
    .use(authenticationRouter(deps))
    .use(registrationRouter(deps))
    .use(accountRouter(deps));
}
