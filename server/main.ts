/**
 * The composition root: reads the environment, serves, and ends in order. With `WORKERS` it is several
 * processes: one that watches, and those that serve.
 */
import cluster from 'node:cluster';
import { pino } from 'pino';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { serve } from './serve.ts';
import { startWorkers, workerCounters, workerMetrics } from './workers.ts';

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

const config = readConfig();
// Lines are written a few together, at the latest after a moment; the end flushes them.
const destination = pino.destination({ sync: false, minLength: 4_096, periodicFlush: 250 });
const log = pino({ level: config.logLevel }, destination);

function exit(code: number): never {
  try {
    destination.flushSync();
  } catch {
    // Not even open yet: then there is nothing to lose.
  }
  process.exit(code);
}

async function start(): Promise<{ stop(): Promise<void> }> {
  if (cluster.isPrimary && config.workers > 1) {
    const workers = await startWorkers(config, log);
    log.info({ workers: config.workers }, `Latchkey is ready at ${config.origin}`);
    return workers;
  }
  const options = cluster.isWorker ? { counters: workerCounters, metrics: workerMetrics() } : {};
  const serving = await serve(config, log, options);
  await serving.listening;
  if (cluster.isPrimary) log.info(`Latchkey is ready at ${config.origin}`);
  return serving;
}

const running = start();
running.then(
  () => log.flush(),
  () => {},
);
running.catch((error: unknown) => {
  log.fatal({ err: error }, `Latchkey can't start`);
  // What is still open, workers or a pool of connections, must not keep a failed start alive.
  exit(1);
});

let stopping = false;

/** Ends in order; a second signal ends at once, but for workers: they hear of one from several sides. */
function shutDown(signal: string): void {
  if (stopping && cluster.isPrimary) exit(1);
  if (stopping) return;
  stopping = true;
  log.info({ signal }, 'shutting down');
  running
    .then((server) => server.stop())
    .then(
      () => exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the shutdown was not orderly');
        exit(1);
      },
    );
}

process.on('SIGTERM', shutDown);
// A terminal interrupts every process of the group: workers wait for the word of the first one.
process.on('SIGINT', (signal) => cluster.isPrimary && shutDown(signal));
