import type { Drive, Result } from './load.ts';
import type { Load, Server } from './processes.ts';
import { readIntoCache } from './system-cache.ts';

/** A running server with its accounts, to be compared with another one. */
export interface Target {
  readonly name: string;
  readonly server: Server;
  readonly seeded: number;
  /** The path of the database; null if it is no file. */
  readonly file: string | null;
}

/** One measured window of one server. */
export interface Window {
  readonly rate: number;
  /** Milliseconds of a whole ceremony, as the client sees it. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of CPU time for each ceremony, in all processes of the server. */
  readonly cpu: number;
  readonly memory: number;
  readonly ceremonies: number;
  readonly errors: readonly string[];
  readonly loadBusy: number;
}

export interface Plan {
  readonly kind: Drive['kind'];
  readonly seconds: number;
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  readonly named: boolean;
}

/**
 * Warms all targets up and then measures them in turn, again and again, so that changes on the machine affect all of
 * them alike. Resolves to the windows of each target, in the order of `targets`.
 */
export async function measureInTurn(
  load: Load,
  targets: readonly Target[],
  plan: Plan,
): Promise<Window[][]> {
  for (const target of targets) {
    await load.order(drive(target, { ...plan, seconds: plan.warmUpSeconds }));
  }
  const windows: Window[][] = targets.map(() => []);
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, target] of targets.entries()) {
      if (target.file !== null) readIntoCache(target.file);
      // It was idle while the file was read.
      await load.order(drive(target, { ...plan, seconds: 1 }));
      windows[index]?.push(await measure(load, target, plan));
    }
  }
  return windows;
}

export async function measure(load: Load, target: Target, plan: Plan): Promise<Window> {
  const before = target.server.usage();
  const result: Result = await load.order(drive(target, plan));
  const after = target.server.usage();
  const { ceremonies, errors, p50, p99 } = result;
  return {
    rate: ceremonies / result.seconds,
    p50,
    p99,
    cpu: ((after.cpu - before.cpu) / ceremonies) * 1e6,
    memory: after.memory,
    ceremonies,
    errors,
    loadBusy: result.busy,
  };
}

function drive({ server, seeded }: Target, plan: Plan): Drive {
  const { kind, seconds, connections, named } = plan;
  return { kind, site: server.site, seconds, connections, seeded, named };
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const last = sorted.length - 1;
  const median = (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2;
  return { median, least: at(0), most: at(last) };
}

/** The ratio of one target's figure to another's. Windows of the same round are compared, then the spread is taken. */
export function ratio(
  figure: (window: Window) => number,
  windows: readonly Window[],
  to: readonly Window[],
): Spread {
  return spread(windows.map((window, turn) => figure(window) / figure(to[turn] as Window)));
}
