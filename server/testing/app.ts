/**
 * The real application on a free port, with a real store in a folder of its own. Only the clock is not real: tests
 * can move it.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { buildApp } from '../app.ts';
import { openApple } from '../apple/apple.ts';
import { sampleDecoyShapes } from '../ceremonies/decoys/sample-shapes.ts';
import { loadConfig } from '../config.ts';
import type { Deps } from '../deps.ts';
import { endpointsFor } from '../http/endpoints.ts';
import { openApiDocument } from '../http/openapi.ts';
import { deriveKeys } from '../keys.ts';
import { createRateLimiter, unlimited } from '../limits/limiter.ts';
import { openMetadata } from '../metadata/open.ts';
import { createMetrics, timedStore } from '../metrics.ts';
import type { Network } from '../oidc/public-fetch.ts';
import { type DeliveryLoop, startDelivery } from '../process/delivery.ts';
import { openProvider } from '../process/open-provider.ts';
import { mailChannel } from '../recovery/mail/channel.ts';
import { openStore } from '../store/open.ts';
import { openSalts } from '../vault/salts.ts';
import { type AuthenticatorOptions, SoftwareAuthenticator } from './authenticator.ts';
import { TestBrowser } from './browser.ts';
import { newDatabase } from './database.ts';
import { documented } from './documented.ts';

export interface TestApp {
  readonly origin: string;
  readonly port: number;
  readonly deps: Deps;
  /** Moves the server's clock. */
  advance(milliseconds: number): void;
  /** A browser of its own: cookies, same-origin headers. */
  browser(): TestBrowser;
  /** An authenticator without passkeys for this application's origin; by default a platform authenticator. */
  device(options?: Partial<AuthenticatorOptions>): SoftwareAuthenticator;
  /** A user name that no account has. */
  newName(): string;
  /** All rows of all tables, to show that a refusal changed nothing. */
  contents(): Promise<unknown>;
  /** Every line the server logged. */
  readonly logLines: string[];
  close(): Promise<void>;
}

export interface TestAppOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Wraps the application, for tests that change its answers. */
  /** What the provider reaches of the internet. */
  readonly network?: Network;
  readonly wrap?: (app: RequestListener) => RequestListener;
}

export async function startTestApp({
  env = {},
  network,
  wrap,
}: TestAppOptions = {}): Promise<TestApp> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  const database = await newDatabase(folder);
  const config = loadConfig({
    PORT: String(port),
    DATABASE_URL: database.url,
    SECRET: 'a secret that is only for tests and long enough',
    RATE_LIMITS: 'off',
    ...env,
  });
  const metrics = createMetrics();
  let delivery: DeliveryLoop | undefined;
  const onMessages = () => delivery?.wake();
  const store = timedStore(await openStore(config.database, { onMessages }), metrics);
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const logLines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logLines.push(line) });
  let offset = 0;
  let names = 0;
  const now = () => Date.now() + offset;
  const metadata = await openMetadata(config, { fetch, now, log });
  const keys = deriveKeys(config.secrets, {
    decoy: await store.keepKey('decoy', random(32)),
    recovery: await store.keepKey('recovery', random(32)),
  });
  const oidc = await openProvider({ config, log, now, random, store }, network);
  const salts = await openSalts({ config, store, random, log }, { everyMs: 50 });
  const mail = mailChannel({ config, keys, now, store });
  delivery = startDelivery({ store, now, log, metrics }, mail === null ? [] : [mail]);
  const deps: Deps = {
    config,
    keys,
    store,
    now,
    random,
    rateLimiter: config.rateLimits ? createRateLimiter() : unlimited,
    metrics,
    decoyShapes: sampleDecoyShapes({ config, keys, now, store }),
    prfValues: salts.values,
    metadata,
    oidc,
    apple: openApple(config, { fetch, now, log }),
    isEnding: () => false,
    log,
  };
  const check = documented(openApiDocument(config, endpointsFor(config)));
  const app: RequestListener = buildApp(deps);
  server.on('request', wrap?.(app) ?? app);
  const origin = `http://localhost:${port}`;
  return {
    origin,
    port,
    deps,
    logLines,
    advance: (milliseconds) => {
      offset += milliseconds;
      delivery?.wake();
    },
    contents: database.contents,
    browser: () => new TestBrowser(origin, config.origin, check),
    device: (options) => new SoftwareAuthenticator({ origin, ...options }),
    newName: () => `person-${names++}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      metadata.close();
      await oidc?.close();
      await delivery.close();
      salts.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
