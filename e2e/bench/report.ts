/** The figures as a table for people and as JSON for programs. */
import { cpus } from 'node:os';
import { type Plan, ratio, type Spread, spread, type Window } from './measure.ts';
import type { Options } from './options.ts';
import type { Cores } from './processes.ts';
import type { Taps } from './taps.ts';

export interface Comparison {
  readonly ceremony: Plan['kind'];
  /** The first is compared with the second. */
  readonly names: readonly [string, string];
  readonly windows: readonly [readonly Window[], readonly Window[]];
}

const megabyte = 1024 * 1024;

const columns: readonly (readonly [string, number, (window: Window) => number])[] = [
  ['ceremonies/s', 0, (window) => window.rate],
  ['p50 ms', 1, (window) => window.p50],
  ['p99 ms', 1, (window) => window.p99],
  ['CPU µs each', 0, (window) => window.cpu],
  ['memory MiB', 0, (window) => window.memory / megabyte],
  ['errors', 0, (window) => window.errors.length],
  ['load busy', 2, (window) => window.loadBusy],
];

export function formatTable(options: Options, cores: Cores, all: readonly Comparison[]): string {
  const rows: string[][] = [['', ...columns.map(([name]) => name)]];
  for (const { ceremony, names, windows } of all) {
    for (const [index, name] of names.entries()) {
      const own = windows[index] ?? [];
      rows.push([
        `${ceremony}: ${name}`,
        ...columns.map(([, digits, figure]) => spread(own.map(figure)).median.toFixed(digits)),
      ]);
    }
    rows.push([
      'ratio (least–most)',
      ...columns
        .slice(0, 5)
        .map(([, , figure]) => formatRatio(ratio(figure, windows[0], windows[1]))),
      '',
      '',
    ]);
  }
  return `${describe(options, cores)}\n\n${align(rows)}`;
}

function formatRatio({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
}

function align(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return `${rows.map(line).join('\n')}\n`;
}

function describe(options: Options, cores: Cores): string {
  const { connections, database, seconds, rounds, workers, named, logLevel } = options;
  const where =
    cores.server === null
      ? 'server and load share all cores'
      : `server on core ${cores.server}, load on core ${cores.load}`;
  return [
    `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${where}`,
    `${database}, ${workers} worker(s), LOG_LEVEL=${logLevel}, ${named ? 'with' : 'without'} user name`,
    `${connections} connections, medians of ${rounds} windows of ${seconds} s each, in turn, each after a second of load`,
    ...(database === 'sqlite'
      ? ['the database in the cache of the system before each window']
      : []),
  ].join('\n');
}

export function toJson(
  options: Options,
  cores: Cores,
  all: readonly Comparison[],
  taps: Taps | null,
): string {
  const comparisons = all.map(({ ceremony, names, windows }) => ({
    ceremony,
    names,
    windows,
    ratios: Object.fromEntries(
      columns.slice(0, 5).map(([name, , figure]) => [name, ratio(figure, windows[0], windows[1])]),
    ),
  }));
  return JSON.stringify({ options, cores, node: process.version, taps, comparisons }, null, 2);
}
