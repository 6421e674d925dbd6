/**
 * The composition root: reads the environment, opens the store, listens, and shuts down in order.
 * The only file that touches `process`.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { buildApp } from './app.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { deriveKeys, localSecret } from './keys.ts';
import { openSqliteStore } from './store/sqlite/open.ts';
import type { Store } from './store/store.ts';

const purgeEveryMs = 60_000;
const shutdownMs = 5_000;
const dayMs = 86_400_000;

function readConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`Latchkey can't start. The configuration has problems:\n`);
    for (const problem of error.problems) process.stderr.write(`  ${problem}\n`);
    process.exit(1);
  }
}

function readSecrets(config: Config): readonly string[] {
  if (config.secrets.length > 0) return config.secrets;
  const folder = config.databasePath === ':memory:' ? 'data' : dirname(config.databasePath);
  return [localSecret(join(folder, 'secret'))];
}

const config = readConfig();
const log = pino({ level: config.logLevel });
const random = (length: number) => new Uint8Array(randomBytes(length));
const store: Store = openSqliteStore(config.databasePath);
const app = buildApp({
  config,
  keys: deriveKeys(readSecrets(config), await store.keepKey('decoy', random(32))),
  store,
  now: Date.now,
  random,
  log,
});

const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, app);

server.on('error', (error) => {
  log.fatal({ err: error }, `can't listen on port ${config.port}`);
  if (server.listening) return;
  process.exitCode = 1;
  void store.close();
});
server.listen(config.port, config.host, () => {
  log.info(`Latchkey is ready at ${config.origin}`);
});

const purging = setInterval(() => {
  store.purge(Date.now(), Date.now() - config.auditRetentionDays * dayMs).then(
    (removed) => log.debug({ removed }, 'purged'),
    (error: unknown) => log.error({ err: error }, 'the purge failed'),
  );
}, purgeEveryMs);
purging.unref();

/**
 * Answers what was accepted, then closes the store. Connections that ask for nothing are closed after
 * a while; a second signal ends it at once.
 */
function shutDown(signal: string): void {
  if (!server.listening) process.exit(1);
  log.info({ signal }, 'shutting down');
  clearInterval(purging);
  server.close(() => void store.close());
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), shutdownMs).unref();
}

process.on('SIGTERM', shutDown);
process.on('SIGINT', shutDown);
