import type { NextFunction, Request, Response } from 'express';
import type { Config } from '../config.ts';
import { RpError } from '../errors.ts';

const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses state-changing requests that a browser makes for another site: a foreign `Origin` or
 * `Sec-Fetch-Site: cross-site`. A native app sends neither and passes.
 */
export function requireSameOrigin({ origin }: Config) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const from = request.get('origin');
    const site = request.get('sec-fetch-site');
    const foreign =
      (from !== undefined && from !== origin) ||
      (site !== undefined && site !== 'same-origin' && site !== 'none');
    if (foreign && !safeMethods.includes(request.method)) {
      throw new RpError('cross_site_request', { detail: `origin ${from}, site ${site}` });
    }
    next();
  };
}
