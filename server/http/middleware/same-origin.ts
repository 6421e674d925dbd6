import type { IncomingMessage } from 'node:http';
import type { Config } from '../../config.ts';
import { RpError } from '../../errors.ts';

/**
 * Refuses what a browser sends for another site: a foreign `Origin` or `Sec-Fetch-Site`. A native app sends
 * neither and passes.
 *
 * @throws {RpError} `cross_site_request`, which says where the site is
 */
export function requireSameOrigin({ origin }: Config, { headers }: IncomingMessage): void {
  const from = headers.origin;
  const site = headers['sec-fetch-site'];
  const isForeign =
    (from !== undefined && from !== origin) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  if (!isForeign) return;
  throw new RpError('cross_site_request', {
    detail: `origin ${from}, site ${site}`,
    publicDetail: `This site is at ${origin}.`,
    members: { origin },
  });
}
