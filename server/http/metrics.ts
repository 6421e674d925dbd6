import type { RequestHandler, Response } from 'express';
import type { Deps } from '../deps.ts';

const ceremonyRoute = /^\/api\/(registration|authentication)\/verify$/;

/** What a ceremony's router knows of it once it is complete; a refused one is `unknown`. */
interface CeremonyLabels {
  readonly mediation: string | null;
  readonly attachment: string | null;
  readonly provider: string;
}

export function labelCeremony(response: Response, labels: CeremonyLabels): void {
  response.locals.ceremony = labels;
}

/** Counts and times every answer. */
export function countRequests({ metrics }: Deps): RequestHandler {
  return (request, response, next) => {
    const stop = metrics.requests.startTimer();
    response.once('finish', () => {
      const route: unknown = request.route?.path;
      const name = typeof route === 'string' ? route : 'other';
      stop({ method: request.method, route: name, status: response.statusCode });
      const { code: outcome = 'ok', limit, ceremony } = response.locals;
      if (limit !== undefined) metrics.rateLimited.inc({ limit });
      const [, kind] = ceremonyRoute.exec(name) ?? [];
      if (kind === undefined) return;
      const { mediation, attachment, provider } = (ceremony ?? {}) as Partial<CeremonyLabels>;
      metrics.ceremonies.inc({
        ceremony: kind,
        outcome,
        mediation: mediation ?? (ceremony === undefined ? 'unknown' : 'none'),
        attachment: attachment ?? 'unknown',
        provider: provider ?? 'unknown',
      });
    });
    next();
  };
}
