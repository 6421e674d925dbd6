import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import type { Config } from '../../config.ts';

/**
 * Security headers of every answer. Pages have no inline script or style and embed nothing. They never
 * change, so helmet says once what they are.
 */
export function securityHeaders(config: Config): (response: ServerResponse) => void {
  const headers = computeHeaders(config);
  return (response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
  };
}

/** The policy of a page that shows an image of another site. */
export function imagesFrom(config: Config, url: string): Readonly<Record<string, string>> {
  const name = 'Content-Security-Policy';
  const [, policy = ''] = computeHeaders(config).find(([each]) => each === name) ?? [];
  const { origin } = new URL(url);
  return { [name.toLowerCase()]: policy.replace("img-src 'self'", `$& ${origin}`) };
}

function computeHeaders({ hsts }: Config): readonly (readonly [string, string])[] {
  const headers: [string, string][] = [
    // WebAuthn L3 §5.9: no frame gets the passkeys of this site.
    [
      'Permissions-Policy',
      [
        'publickey-credentials-get=(self)',
        'publickey-credentials-create=(self)',
        'camera=()',
        'microphone=()',
        'geolocation=()',
      ].join(', '),
    ],
  ];
  const recorder = {
    setHeader: (name: string, value: string) => void headers.push([name, value]),
    removeHeader: () => {},
  } as unknown as ServerResponse;
  const apply = helmet({
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
    strictTransportSecurity: hsts !== 'off' && { includeSubDomains: hsts === 'subdomains' },
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  apply({} as IncomingMessage, recorder, (error?: unknown) => {
    if (error) throw error;
  });
  return headers;
}
