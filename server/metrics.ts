import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Store } from './store/store.ts';

/** What is counted and timed, for Prometheus. No label ever holds what a client chose freely. */
export interface Metrics {
  readonly ceremonies: Counter<'ceremony' | 'outcome' | 'mediation' | 'attachment' | 'provider'>;
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly store: Histogram<'operation'>;
  readonly rateLimited: Counter<'limit'>;
  readonly deliveries: Counter<'channel' | 'outcome'>;
  /** The text of `/metrics`, of all processes behind the port. */
  text(): Promise<string>;
}

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** @param allProcesses where there are several, asks for the text of all of them */
export function createMetrics(
  registry: Registry = new Registry(),
  allProcesses?: () => Promise<string>,
): Metrics {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    ceremonies: new Counter({
      name: 'latchkey_ceremonies_total',
      help: 'Ceremonies that came to verify; outcome is ok or the error code.',
      labelNames: ['ceremony', 'outcome', 'mediation', 'attachment', 'provider'],
      registers,
    }),
    requests: new Histogram({
      name: 'latchkey_http_request_duration_seconds',
      help: 'Time to answer, by route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    store: new Histogram({
      name: 'latchkey_store_operation_seconds',
      help: 'Time a store operation took, its wait for the disk included.',
      labelNames: ['operation'],
      buckets: [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 5],
      registers,
    }),
    rateLimited: new Counter({
      name: 'latchkey_rate_limited_total',
      help: 'Requests refused by a rate limit.',
      labelNames: ['limit'],
      registers,
    }),
    deliveries: new Counter({
      name: 'latchkey_deliveries_total',
      help: 'Attempts to deliver a message; outcome is delivered, retryAt or giveUp.',
      labelNames: ['channel', 'outcome'],
      registers,
    }),
    text: allProcesses ?? (() => registry.metrics()),
  };
}

/** The same store, every operation timed. */
export function timedStore(store: Store, { store: histogram }: Metrics): Store {
  const timed = Object.entries(store).map(([operation, run]) => {
    const times = histogram.labels({ operation });
    return [
      operation,
      async (...args: unknown[]) => {
        const began = performance.now();
        try {
          return await (run as (...args: unknown[]) => unknown)(...args);
        } finally {
          times.observe((performance.now() - began) / 1000);
        }
      },
    ];
  });
  return Object.fromEntries(timed) as Store;
}
