/**
 * Reads V8's CPU profiles of a measured window: how much time each function took itself, and each module including
 * the functions of Node that it called.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Window } from './measure.ts';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { functionName: string; url: string; lineNumber: number };
  readonly children?: readonly number[];
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Microseconds of the monotonic clock, as all times here. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface TimeSpent {
  /** Microseconds by function, and by module. */
  readonly byFunction: ReadonlyMap<string, number>;
  readonly byModule: ReadonlyMap<string, number>;
}

/** Sums up all profiles in `folder` between two values of `process.hrtime.bigint()`. */
export function readProfiles(folder: string, from: bigint, until: bigint): TimeSpent {
  const byFunction = new Map<string, number>();
  const byModule = new Map<string, number>();
  for (const file of readdirSync(folder)) {
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
    const labels = labelNodes(profile);
    let at = profile.startTime;
    for (const [index, id] of profile.samples.entries()) {
      const spent = profile.timeDeltas[index] ?? 0;
      at += spent;
      const label = labels.get(id);
      if (label === undefined || at < from / 1000n || at > until / 1000n) continue;
      add(byFunction, label.function, spent);
      add(byModule, label.module, spent);
    }
  }
  return { byFunction, byModule };
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

/** The function and module under which each node is counted. Node's own functions count for the module that called them. */
function labelNodes({ nodes }: CpuProfile): Map<number, { function: string; module: string }> {
  const parents = new Map<number, number>();
  const byId = new Map<number, ProfileNode>();
  for (const node of nodes) {
    byId.set(node.id, node);
    for (const child of node.children ?? []) parents.set(child, node.id);
  }
  const moduleOf = (node: ProfileNode): string => {
    const { url, functionName } = node.callFrame;
    if (url !== '' && !url.startsWith('node:')) return shorten(url);
    const parent = byId.get(parents.get(node.id) ?? -1);
    if (parent !== undefined && parent.callFrame.functionName !== '(root)') return moduleOf(parent);
    return functionName.startsWith('(') ? functionName : `${url || 'node'}`;
  };
  return new Map(
    nodes.map((node) => {
      const { functionName, url, lineNumber } = node.callFrame;
      const place = url === '' ? '' : ` ${shorten(url, true)}:${lineNumber + 1}`;
      return [
        node.id,
        { function: `${functionName || '(anonymous)'}${place}`, module: moduleOf(node) },
      ];
    }),
  );
}

/** The name of a package (or a path within it), or the path of a file of this project. */
function shorten(url: string, whole = false): string {
  const [, inPackage] = /.*\/node_modules\/(.+)$/.exec(url) ?? [];
  if (inPackage !== undefined) {
    return whole ? inPackage : (/^(@[^/]+\/)?[^/]+/.exec(inPackage)?.[0] ?? inPackage);
  }
  return /\/((?:server|e2e)\/.+)$/.exec(url)?.[1] ?? url;
}

export function formatProfile(name: string, spent: TimeSpent, window: Window): string {
  const table = (title: string, times: ReadonlyMap<string, number>, rows: number) => {
    const sorted = [...times].sort(([, one], [, other]) => other - one).slice(0, rows);
    const lines = sorted.map(
      ([label, time]) => `${(time / window.ceremonies).toFixed(1).padStart(8)}  ${label}`,
    );
    return `µs  ${title}\n${lines.join('\n')}\n`;
  };
  return [
    `${name}: ${window.cpu.toFixed(0)} µs of CPU a sign-in, ${window.rate.toFixed(0)}/s, with the profiler`,
    'The profile is of the main thread; (program) is native code without a JavaScript caller, and (idle)',
    'is waiting. What the thread pool does (WebCrypto) is in the CPU figure alone.\n',
    table('a sign-in by module, with what of Node it called', spent.byModule, 40),
    table('a sign-in by function, itself', spent.byFunction, 60),
  ].join('\n');
}
