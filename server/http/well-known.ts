import { type Response, Router } from 'express';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { passkeyEndpoints, relatedOrigins } from '../native/well-known.ts';

/**
 * `/.well-known/…`: the same for everybody under every Host, so there are no cookies here, and nothing of
 * the request is read.
 */
export function wellKnownRouter({ config }: Pick<Deps, 'config'>): Router {
  const router = Router({ caseSensitive: true });
  const documents = {
    webauthn: relatedOrigins(config),
    'passkey-endpoints': passkeyEndpoints(config),
  };
  for (const [name, document] of Object.entries(documents)) {
    const body = document && Buffer.from(JSON.stringify(document));
    router.get(`/.well-known/${name}`, (_request, response) => {
      if (body === null) throw new RpError('not_found', { detail: 'nothing is configured' });
      answerDocument(response, body);
    });
  }
  return router;
}

/** The media type alone: WebAuthn L3 §5.11.1 wants `application/json`, and not every reader knows parameters. */
function answerDocument(response: Response, body: Buffer): void {
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', body.length);
  response.setHeader('cache-control', 'public, max-age=3600');
  response.end(body);
}
