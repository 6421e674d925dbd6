/**
 * One process that serves: store, application, HTTP server, and their orderly end.
 *
 * Guarantees: at shutdown, accepted requests are answered before the store is closed.
 */
import { Server as Listener } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { buildApp } from '../app.ts';
import { sampleDecoyShapes } from '../ceremonies/decoys/sample-shapes.ts';
import type { Config } from '../config.ts';
import { deriveKeys, readSecrets } from '../keys.ts';
import { openCounters } from '../limits/counters.ts';
import { openMetadata } from '../metadata/open.ts';
import { createMetrics, type Metrics, timedStore } from '../metrics.ts';
import { openStore } from '../store/open.ts';
import { createHttpServer } from './http-server.ts';
import { randomPool } from './random.ts';

const purgeEveryMs = 60_000;
const shutdownMs = 5_000;
/**
 * How long it still accepts new connections at shutdown, so that a load balancer that asks `/readyz` can send
 * requests to other nodes first. Idle connections last as long then.
 */
const lastCallMs = 1_000;
const dayMs = 86_400_000;

export interface Serving {
  /** Rejects if it can't listen on the port. */
  readonly listening: Promise<void>;
  /** Resolves when everything accepted is answered and the store is closed. */
  stop(): Promise<void>;
}

export async function serve(
  config: Config,
  log: Logger,
  {
    counters = openCounters,
    metrics = createMetrics(),
  }: { counters?: typeof openCounters; metrics?: Metrics } = {},
): Promise<Serving> {
  const random = randomPool();
  const store = timedStore(
    await openStore(config.database, {
      poolSize: config.databaseConnections,
      onConnectionError: (error) => log.warn({ err: error }, 'a database connection was lost'),
    }),
    metrics,
  );
  const limits = await counters(config);
  const metadata = await openMetadata(config, { fetch, now: Date.now, log });
  let isStopping = false;
  const keys = deriveKeys(await readSecrets(config), await store.keepKey('decoy', random(32)));
  const now = Date.now;
  const app = buildApp({
    config,
    keys,
    store,
    now,
    random,
    log,
    rateLimiter: limits.rateLimiter,
    metrics,
    decoyShapes: sampleDecoyShapes({ config, keys, now, store }),
    metadata,
    isEnding: () => isStopping,
  });
  const server = createHttpServer(app);
  // RFC 9112 §9.6: the next answer tells the client that the connection will be closed.
  server.prependListener('request', (_request, response) => {
    if (isStopping) response.shouldKeepAlive = false;
  });
  const purging = setInterval(() => {
    store.purge(Date.now(), Date.now() - config.auditRetentionDays * dayMs).then(
      (removed) => log.debug({ removed }, 'purged'),
      (error: unknown) => log.error({ err: error }, 'the purge failed'),
    );
  }, purgeEveryMs);

  const close = async () => {
    clearInterval(purging);
    metadata.close();
    await limits.close();
    await store.close();
  };
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(error);
      void close();
    });
    server.listen(config.port, config.host, resolve);
  });
  return {
    listening,
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
