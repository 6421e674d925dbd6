/**
 * One process that serves: store, application, HTTP server, and their orderly end.
 *
 * Guarantees: at shutdown, accepted requests are answered before the store is closed.
 */
import { Server as Listener } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { tooManyCookies } from '../app.ts';
import type { Config } from '../config.ts';
import { createHttpServer } from './http-server.ts';
import { type OpenOptions, openApp } from './open-app.ts';

const shutdownMs = 5_000;
/**
 * How long it still accepts new connections at shutdown, so that a load balancer that asks `/readyz` can send
 * requests to other nodes first. Idle connections last as long then.
 */
const lastCallMs = 1_000;

export interface Serving {
  /** Rejects if it can't listen on the port. */
  readonly listening: Promise<void>;
  reload(next: Config): Promise<void>;
  /** Resolves when everything accepted is answered and the store is closed. */
  stop(): Promise<void>;
}

export async function serve(
  config: Config,
  log: Logger,
  options: Omit<OpenOptions, 'isEnding'> = {},
): Promise<Serving> {
  let isStopping = false;
  const { app, reload, close } = await openApp(config, log, {
    ...options,
    isEnding: () => isStopping,
  });
  const server = createHttpServer(app, { tooLarge: tooManyCookies(config) });
  // RFC 9112 §9.6: the next answer tells the client that the connection will be closed.
  server.prependListener('request', (_request, response) => {
    if (isStopping) response.shouldKeepAlive = false;
  });
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(error);
      void close();
    });
    server.listen(config.port, config.host, resolve);
  });
  return {
    listening,
    reload,
    stop: async () => {
      isStopping = true;
      // Idle connections and requests that are never complete don't delay the end for ever.
      server.headersTimeout = lastCallMs;
      server.keepAliveTimeout = lastCallMs;
      const forceEnd = setTimeout(() => server.closeAllConnections(), shutdownMs);
      await pause(lastCallMs);
      // `close` of node:http would also cut off connections that are about to send a request.
      const closed = new Promise((resolve) => Listener.prototype.close.call(server, resolve));
      server.closeIdleConnections();
      await closed;
      clearTimeout(forceEnd);
      await close();
    },
  };
}
