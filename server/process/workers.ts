/**
 * Several processes behind one port (node:cluster). The first one serves nothing: it starts the others,
 * replaces one that dies, counts for their rate limits, and gathers their metrics.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Logger } from 'pino';
import { AggregatorRegistry, Registry } from 'prom-client';
import { RateLimiterClusterMaster } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import { RpError } from '../errors.ts';
import { readSecrets } from '../keys.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { openStore } from '../store/open.ts';

const restartAfterMs = 500;
const answerWithinMs = 5_000;
/** A worker that still runs then hangs: by then it would have answered every request. */
const endWithinMs = 10_000;

interface Workers {
  /** Each of them reads the configuration again. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

interface MetricsQuestion {
  readonly latchkeyMetrics: number;
}
interface MetricsAnswer extends MetricsQuestion {
  readonly text: string;
}

/** Starts the workers; resolves when all of them listen. */
export async function startWorkers(config: Config, log: Logger): Promise<Workers> {
  await tryPort(config);
  // The secret, the migrations and the stored keys are made before there are several processes.
  await readSecrets(config);
  await (await openStore(config.database)).close();
  new RateLimiterClusterMaster();
  const registry = new AggregatorRegistry();
  cluster.on('message', (worker: Worker, message: Partial<MetricsQuestion>) => {
    const { latchkeyMetrics } = message;
    if (typeof latchkeyMetrics !== 'number') return;
    registry.clusterMetrics().then(
      (text) => worker.send({ latchkeyMetrics, text } satisfies MetricsAnswer),
      (error: unknown) => log.error({ err: error }, 'the metrics could not be gathered'),
    );
  });

  let stopping = false;
  let started = false;
  // Without a listener an error of a worker would end this process too.
  const fork = (): Worker => {
    const worker = cluster.fork();
    worker.on('error', (error) => {
      const wasThere = worker.process.pid !== undefined;
      // It died before it was answered; the `exit` event reports it.
      if (wasThere) return log.debug({ worker: worker.id, err: error }, 'a worker is gone');
      log.error({ err: error }, 'a worker could not be started');
      if (started) replaceOne();
    });
    return worker;
  };
  const replaceOne = () => void setTimeout(() => !stopping && fork(), restartAfterMs);
  cluster.on('exit', (worker, code, signal) => {
    if (stopping || !started) return;
    log.error({ worker: worker.id, code, signal }, 'a worker ended; another takes its place');
    replaceOne();
  });
  await Promise.all(Array.from({ length: config.workers }, () => startOne(fork())));
  started = true;
  const living = () =>
    Object.values(cluster.workers ?? {})
      .filter((each) => each !== undefined)
      .filter((each) => !each.isDead());
  return {
    reload: async () => {
      for (const worker of living()) worker.process.kill('SIGHUP');
    },
    stop: async () => {
      stopping = true;
      const workers = living();
      const ended = workers.map((worker) => once(worker, 'exit'));
      for (const worker of workers) worker.process.kill('SIGTERM');
      const forceEnd = setTimeout(() => {
        for (const worker of workers) worker.process.kill('SIGKILL');
      }, endWithinMs);
      await Promise.all(ended);
      clearTimeout(forceEnd);
    },
  };
}

/** One process reports a port that can't be had, not each of several. */
async function tryPort({ port, host }: Config): Promise<void> {
  const probe = createServer().listen(port, host);
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}

/** @throws {Error} if the worker ends before it listens; its log says why */
async function startOne(worker: Worker): Promise<void> {
  const ended = once(worker, 'exit').then(() => {
    throw new Error('a worker ended before it listened');
  });
  await Promise.race([once(worker, 'listening'), ended]);
  // From now on the `exit` listener deals with its end.
  ended.catch(() => {});
}

/** Metrics for a worker: it records its own, and answers `/metrics` with those of all workers. */
export function workerMetrics(): Metrics {
  const registry = new Registry();
  AggregatorRegistry.setRegistries(registry);
  // It answers when the first process collects the metrics of every worker.
  new AggregatorRegistry();
  let questions = 0;
  return createMetrics(
    registry,
    () =>
      new Promise((resolve, reject) => {
        const latchkeyMetrics = ++questions;
        const listen = (message: Partial<MetricsAnswer>) => {
          if (message.latchkeyMetrics !== latchkeyMetrics) return;
          finish();
          resolve(message.text ?? '');
        };
        const timeout = setTimeout(() => {
          finish();
          reject(new RpError('unavailable', { detail: 'the other processes did not answer' }));
        }, answerWithinMs);
        const finish = () => {
          clearTimeout(timeout);
          process.off('message', listen);
        };
        process.on('message', listen);
        process.send?.({ latchkeyMetrics } satisfies MetricsQuestion);
      }),
  );
}
