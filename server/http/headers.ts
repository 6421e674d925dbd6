import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Config } from '../config.ts';

/** Security headers of every answer. Pages have no inline script or style and embed nothing. */
export function securityHeaders({ secureCookies }: Config): RequestHandler[] {
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          manifestSrc: ["'self'"],
          formAction: ["'self'"],
          baseUri: ["'none'"],
          frameAncestors: ["'none'"],
          requireTrustedTypesFor: ["'script'"],
          trustedTypes: ["'none'"],
        },
      },
      // Browsers ignore it over http, and a cached one would break other servers on localhost.
      strictTransportSecurity: secureCookies,
      referrerPolicy: { policy: 'same-origin' },
      xFrameOptions: { action: 'deny' },
    }),
    (_request, response, next) => {
      // WebAuthn L3 §5.9: no frame gets the passkeys of this site.
      response.set(
        'permissions-policy',
        [
          'publickey-credentials-get=(self)',
          'publickey-credentials-create=(self)',
          'camera=()',
          'microphone=()',
          'geolocation=()',
        ].join(', '),
      );
      next();
    },
  ];
}

/** What the API and the pages say is for one person now: no cache may keep it. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store');
  next();
};
