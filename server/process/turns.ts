import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Browsers and proxies wait for each answer before the next request; scripts may not. */
const maxWaiting = 16;

/**
 * RFC 9112 §9.3.2 lets a client send requests without waiting for answers (pipelining). Each request is handled
 * when its answer can be written, so that nothing is done, opened or kept for an answer that a closed connection
 * will never take. More than a thousand requests fit into 64 KiB: if too many wait on a connection, it is closed,
 * and the rest of what it sent is not read.
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
    if (count > maxWaiting) {
      socket.destroy();
      return;
    }
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      handle(request, response);
    });
  };
}
