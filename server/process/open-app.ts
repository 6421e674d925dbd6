/**
 * Opens everything that the application needs: the store, the counters of the rate limits, the metadata, the keys and
 * the salts of the vaults. Until it is closed, the store is purged regularly.
 */
import type { Logger } from 'pino';
import { type App, buildApp } from '../app.ts';
import { openApple } from '../apple/apple.ts';
import { startChecks } from '../apple/checks.ts';
import { revocations } from '../apple/revocation.ts';
import { sampleDecoyShapes } from '../ceremonies/decoys/sample-shapes.ts';
import type { Config } from '../config.ts';
import { deriveKeys, readSecrets } from '../keys.ts';
import { openCounters } from '../limits/counters.ts';
import { openMetadata } from '../metadata/open.ts';
import { createMetrics, type Metrics, timedStore } from '../metrics.ts';
import { mailChannel } from '../recovery/mail/channel.ts';
import { openStore } from '../store/open.ts';
import { openSalts } from '../vault/salts.ts';
import { type DeliveryLoop, startDelivery } from './delivery.ts';
import { openProvider } from './open-provider.ts';
import { randomPool } from './random.ts';

const purgeEveryMs = 60_000;
const tellEveryMs = 2_000;
const dayMs = 86_400_000;

export interface OpenOptions {
  readonly counters?: typeof openCounters;
  readonly metrics?: Metrics;
  /** Whether the process is about to end; `/readyz` answers 503 then. */
  readonly isEnding?: () => boolean;
}

export interface OpenedApp {
  readonly app: App;
  /** Goes on with the apps of this configuration; the rest of it needs a restart. */
  reload(next: Config): Promise<void>;
  /** Call it after every request has been answered. */
  close(): Promise<void>;
}

export async function openApp(
  config: Config,
  log: Logger,
  { counters = openCounters, metrics = createMetrics(), isEnding = () => false }: OpenOptions = {},
): Promise<OpenedApp> {
  const random = randomPool();
  let delivery: DeliveryLoop | undefined;
  const store = timedStore(
    await openStore(config.database, {
      poolSize: config.databaseConnections,
      onMessages: () => delivery?.wake(),
      onConnectionError: (error) => log.warn({ err: error }, 'a database connection was lost'),
    }),
    metrics,
  );
  const limits = await counters(config);
  const metadata = await openMetadata(config, { fetch, now: Date.now, log });
  const salts = await openSalts({ config, store, random, log });
  const keys = deriveKeys(await readSecrets(config), {
    decoy: await store.keepKey('decoy', random(32)),
    recovery: await store.keepKey('recovery', random(32)),
  });
  const now = Date.now;
  const oidc = await openProvider({ config, log, now, random, store });
  const apple = openApple(config, { fetch, now, log });
  const app = buildApp({
    ...{ config, keys, store, now, random, log, metrics, metadata, oidc, apple, isEnding },
    rateLimiter: limits.rateLimiter,
    prfValues: salts.values,
    decoyShapes: sampleDecoyShapes({ config, keys, now, store }),
  });
  const channels = [mailChannel({ config, keys, now, store }), revocations(apple, { keys })].filter(
    (each) => each !== null,
  );
  delivery = startDelivery({ store, now, log, metrics }, channels);
  const checks = apple && startChecks({ apple, keys, log, now, random, store });
  const purging = setInterval(() => {
    store.purge(now(), now() - config.auditRetentionDays * dayMs).then(
      (removed) => log.debug({ removed }, 'purged'),
      (error: unknown) => log.error({ err: error }, 'the purge failed'),
    );
  }, purgeEveryMs);
  const telling = oidc && setInterval(() => void oidc.tellApps(), tellEveryMs);
  return {
    app,
    reload: async (next) => {
      if (oidc === null) return log.warn('sign-in for apps is off, and begins with a restart');
      await oidc.reload(next.oidc);
      log.info({ clients: next.oidc.clients.length }, 'reloaded OIDC_CLIENTS');
    },
    close: async () => {
      clearInterval(purging);
      if (telling !== null) clearInterval(telling);
      await oidc?.close();
      metadata.close();
      salts.close();
      await checks?.close();
      await delivery.close();
      await limits.close();
      await store.close();
    },
  };
}
