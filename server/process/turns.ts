import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Nobody's browser or proxy sends a request before the answer to the one before it; a script may. */
const mostWaiting = 16;

/**
 * RFC 9112 §9.3.2 lets a client ask without waiting for answers. Each request is handled when its answer
 * can be written, so nothing is done, opened or kept for an answer that a closed connection will never
 * take. 64 KiB of requests are more than a thousand: a connection on which too many wait is cut off, and
 * what else it has said is not looked at.
 */
export function oneAtATime(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    // A response gets its socket when it is its turn.
    if (response.socket !== null) {
      handle(request, response);
      return;
    }
    const count = (waiting.get(socket) ?? 0) + 1;
    waiting.set(socket, count);
    if (count > mostWaiting) {
      socket.destroy();
      return;
    }
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      handle(request, response);
    });
  };
}
