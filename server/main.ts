/**
 * The composition root: reads the environment, serves, and ends in order. With `WORKERS` it is several
 * processes: one that watches, and those that serve.
 */
import cluster from 'node:cluster';
import { pino } from 'pino';
import { type Config, ConfigError, loadConfig, misspeltVariables } from './config.ts';
import { openWorkerCounters } from './limits/counters.ts';
import { explainStart } from './process/explain-start.ts';
import { logDestination } from './process/log-destination.ts';
import { reloader } from './process/reload.ts';
import { serve } from './process/serve.ts';
import { startWorkers, workerMetrics } from './process/workers.ts';

function readConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    fail([...error.problems, ...unread]);
  }
}

function fail(reasons: readonly string[]): never {
  const [only = '', ...more] = reasons;
  const text = more.length === 0 ? ` ${only}` : reasons.map((each) => `\n  ${each}`).join('');
  process.stderr.write(`Latchkey can't start:${text}\n`);
  process.exit(1);
}

interface Running {
  reload(next: Config): Promise<void>;
  stop(): Promise<void>;
}

const unread = misspeltVariables(process.env);

const config = readConfig();
const destination = logDestination(1);
const log = pino({ level: config.logLevel }, destination);

if (cluster.isPrimary) for (const warning of unread) log.warn(warning);

// However it ends.
process.on('exit', () => destination.flushSync());

async function start(): Promise<Running> {
  if (cluster.isPrimary && config.workers > 1) {
    const workers = await startWorkers(config, log);
    log.info({ workers: config.workers }, `Latchkey is ready at ${config.origin}`);
    return workers;
  }
  const options = cluster.isWorker
    ? { counters: openWorkerCounters, metrics: workerMetrics() }
    : {};
  const serving = await serve(config, log, options);
  await serving.listening;
  if (cluster.isPrimary) log.info(`Latchkey is ready at ${config.origin}`);
  return serving;
}

const running = start();
running.then(
  () => destination.flush(),
  () => {},
);
running.catch((error: unknown) => {
  const reasons = explainStart(error, config);
  // What is still open, workers or a pool of connections, must not keep a failed start alive.
  if (reasons !== null) fail(reasons);
  log.fatal({ err: error }, `Latchkey can't start`);
  process.exit(1);
});

const startedWithinMs = 5_000;
let stopping = false;

/** Ends in order; a second signal ends at once, but for workers: they hear of one from several sides. */
function shutDown(signal: string): void {
  if (stopping && cluster.isPrimary) process.exit(1);
  if (stopping) return;
  stopping = true;
  log.info({ signal }, 'shutting down');
  // Until it has started there is nothing to end in order.
  const tooLong = setTimeout(() => process.exit(1), startedWithinMs);
  running
    .then((server) => {
      clearTimeout(tooLong);
      return server.stop();
    })
    .then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the shutdown was not orderly');
        process.exit(1);
      },
    );
}

process.on('SIGTERM', shutDown);
const reload = reloader(
  log,
  () => loadConfig(process.env),
  async (next) => (await running).reload(next),
);
// A terminal that closes says the same, and ends what was started from it.
if (!process.stdin.isTTY) process.on('SIGHUP', () => void reload());
// A terminal interrupts every process of the group: workers wait for the word of the first one.
process.on('SIGINT', (signal) => cluster.isPrimary && shutDown(signal));
