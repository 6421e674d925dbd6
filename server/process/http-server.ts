/**
 * The HTTP server, with limits on what one client can cost.
 *
 * Guarantees: the requests of a connection are handled one after the other; a client that sends too slowly, stays
 * silent, never ends, or does not read its answers is cut off; the number of connections is limited.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { answerClientErrors } from './client-errors.ts';
import { boundConnections } from './connections.ts';
import { oneAtATime } from './turns.ts';

export interface Limits {
  /** How long the headers of a request may take, and the whole of it: nobody needs longer for 64 KiB. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
  /** How long a connection with an unfinished answer may go without any bytes sent or received. */
  readonly stalledMs: number;
  /** How long an answer may take in total, if the client reads slowly. */
  readonly answerMs: number;
  readonly maxConnections: number;
  /** Of all headers of a request, in bytes: the cookies of the domains above ours are among them. */
  readonly maxHeaderSize: number;
  /** The page, in HTML, for a browser that sends more. */
  readonly tooLarge: string;
}

/** Times are in milliseconds. */
const defaults: Limits = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  stalledMs: 30_000,
  answerMs: 300_000,
  maxConnections: 2_000,
  maxHeaderSize: 64 * 1024,
  tooLarge: '',
};

/** @returns a server that does not listen yet */
export function createHttpServer(handle: RequestListener, changes: Partial<Limits> = {}): Server {
  const limits = { ...defaults, ...changes };
  const bound = boundConnections(limits.maxConnections);
  const errors = answerClientErrors(limits.tooLarge);
  const server = createServer(
    limits,
    bound.watch(oneAtATime(errors.watch(endInTime(limits.answerMs, handle)))),
  );
  bound.guard(server);
  errors.guard(server);
  // Node restarts this timeout whenever the system takes a part of an answer, also within one write.
  server.timeout = limits.stalledMs;
  server.on('timeout', (socket) => {
    // A reset frees what the system has buffered for a client that does not read.
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
