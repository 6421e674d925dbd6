import type { IncomingMessage, ServerResponse } from 'node:http';

const lingerMs = 1_000;

/**
 * Whoever is answered before the body is at its end has a moment to read the answer. What comes after is not
 * read, and some bodies have no end.
 */
export function cutOffUnread(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    setTimeout(() => {
      if (!request.complete) request.destroy();
    }, lingerMs).unref();
  });
}
