/** What every answer of ours has in common, whoever makes it: headers, log, metrics, and the form of errors. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Deps } from '../deps.ts';
import type { Endpoint } from './endpoint.ts';
import { errorPages } from './error-pages.ts';
import { clientAddressReader } from './middleware/client-address.ts';
import type { Incoming } from './middleware/incoming.ts';
import type { Outcome } from './middleware/outcome.ts';
import { logRequest } from './middleware/request-log.ts';
import { countRequest } from './middleware/request-metrics.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { cutOffUnread } from './middleware/unread-body.ts';
import { respondProblem } from './respond.ts';

export interface Site {
  /** Called once it is certain that a request is ours, and before anything is written. */
  begin(
    request: Incoming,
    response: ServerResponse,
    known?: Partial<Pick<Outcome, 'route' | 'completes'>>,
  ): Outcome;
  /** The address of the client: the peer's, or what proxies forward as far as they are trusted. */
  addressOf(request: IncomingMessage): string | undefined;
  /**
   * Answers with what was thrown.
   *
   * @param row undefined if nothing is at the path
   */
  fail(
    request: Incoming,
    response: ServerResponse,
    outcome: Outcome,
    thrown: unknown,
    row?: Pick<Endpoint, 'page'>,
  ): void;
}

export function createSite({
  config,
  log,
  metrics,
}: Pick<Deps, 'config' | 'log' | 'metrics'>): Site {
  const setHeaders = securityHeaders(config);
  const pageFor = errorPages(config);
  return {
    addressOf: clientAddressReader(config),
    begin(request, response, { route = 'other', completes = null } = {}) {
      const outcome: Outcome = {
        ...{ route, completes },
        ...{ ceremony: null, code: null, why: null, limit: null, operatorKey: null },
      };
      cutOffUnread(request, response);
      logRequest(log, request, response, outcome);
      countRequest(metrics, request, response, outcome);
      setHeaders(response);
      return outcome;
    },
    fail(request, response, outcome, thrown, row = { page: true }) {
      const page = row.page ? pageFor(request) : null;
      respondProblem(log, request, response, outcome, thrown, page);
    },
  };
}
