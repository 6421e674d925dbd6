/**
 * The HTTP server with everything that bounds what one client can cost.
 *
 * Guarantees: a request is handled when it is its turn; a client that is slow, silent or endless in what
 * it says, or that does not read what it is told, is cut off; there are only so many connections.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { boundConnections } from './connections.ts';
import { oneAtATime } from './turns.ts';

export interface Limits {
  /** How long the headers of a request may take, and the whole of it: nobody needs longer for 64 KiB. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
  /** How long nothing may move on a connection on which something is to be answered. */
  readonly stalledMs: number;
  /** How long an answer may take in all, for a reader that is slow but reads. */
  readonly answerMs: number;
  readonly connections: number;
}

/** Times are in milliseconds. */
const ordinary: Limits = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  stalledMs: 30_000,
  answerMs: 300_000,
  connections: 2_000,
};

/** @returns a server that does not listen yet */
export function createHttpServer(handle: RequestListener, changes: Partial<Limits> = {}): Server {
  const limits = { ...ordinary, ...changes };
  const bound = boundConnections(limits.connections);
  const server = createServer(limits, bound.watch(oneAtATime(endInTime(limits.answerMs, handle))));
  bound.guard(server);
  // Node counts what the system takes of an answer as movement, also in the middle of one write.
  server.timeout = limits.stalledMs;
  server.on('timeout', (socket) => {
    // A reset frees what the system still holds for the one who does not read.
    if (bound.isInUse(socket)) socket.resetAndDestroy();
    else socket.destroy();
  });
  return server;
}

function endInTime(answerMs: number, handle: RequestListener): RequestListener {
  return (request, response) => {
    const tooLong = setTimeout(() => request.socket.resetAndDestroy(), answerMs);
    response.once('close', () => clearTimeout(tooLong));
    handle(request, response);
  };
}
