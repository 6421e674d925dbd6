import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Nobody's browser or proxy sends a request before the answer to the one before it; a script may. */
const mostWaiting = 16;

/**
 * RFC 9112 §9.3.2 lets a client ask without waiting for answers, and 64 KiB of that are more than a thousand
 * requests: a connection on which too many wait is cut off, and what else it has said is not looked at.
 */
export function limitPipelining(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    // A response that has to wait for another one has no socket yet.
    if (response.socket === null) {
      const count = (waiting.get(socket) ?? 0) + 1;
      waiting.set(socket, count);
      if (count > mostWaiting) {
        socket.destroy();
        return;
      }
      response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    }
    handle(request, response);
  };
}
