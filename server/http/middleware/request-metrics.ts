import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from '../../metrics.ts';
import type { Outcome } from './outcome.ts';

/** Counts and times the answer. */
export function countRequest(
  metrics: Metrics,
  { method = '' }: IncomingMessage,
  response: ServerResponse,
  outcome: Outcome,
): void {
  const stop = metrics.requests.startTimer();
  response.once('finish', () => {
    stop({ method, route: outcome.route, status: response.statusCode });
    if (outcome.limit !== null) metrics.rateLimited.inc({ limit: outcome.limit });
    if (outcome.completes !== null) countCeremony(metrics, outcome.completes, outcome);
  });
}

function countCeremony(metrics: Metrics, kind: string, { code, ceremony }: Outcome): void {
  metrics.ceremonies.inc({
    ceremony: kind,
    outcome: code ?? 'ok',
    mediation: ceremony === null ? 'unknown' : (ceremony.mediation ?? 'none'),
    attachment: ceremony?.attachment ?? 'unknown',
    provider: ceremony?.provider ?? 'unknown',
  });
}
