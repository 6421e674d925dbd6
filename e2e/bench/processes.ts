/** Starts the servers and the load, on separate cores if there are enough. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { childrenOf, freePort, nodeFlags, residentBytes } from '../../server/testing/processes.ts';
import type { Drive, Result, Seed } from './load.ts';
import type { Site } from './visitor.ts';

export interface Cores {
  /** Core numbers for `taskset`; null if there are too few to divide. */
  readonly server: string | null;
  readonly load: string | null;
}

/** One core for each worker and the rest for the load, or no division at all. */
export function divideCores(workers: number): Cores {
  const status = readFileSync('/proc/self/status', 'utf8');
  const allowed = expandCores(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '');
  if (allowed.length <= workers) return { server: null, load: null };
  return {
    server: allowed.slice(0, workers).join(','),
    load: allowed.slice(workers).join(','),
  };
}

/** `0-2,5` as 0, 1, 2, 5. */
function expandCores(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}

interface Launch {
  /** The program, relative to this one. */
  readonly file: string;
  readonly cores: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly flags?: readonly string[];
}

function launch({ file, cores, env, flags = [] }: Launch, stdio: StdioOptions): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const command = [process.execPath, ...nodeFlags, ...flags, path];
  const pinned = cores === null ? command : ['taskset', '--cpu-list', cores, ...command];
  const [program = '', ...args] = pinned;
  return spawn(program, args, { env, stdio });
}

export interface Server {
  readonly site: Site;
  /** CPU seconds and resident bytes of the process and of all its workers. */
  usage(): Usage;
  stop(): Promise<void>;
}

interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

/** Starts a program that gets its `PORT` and answers `/readyz`. Its log is written to a file. */
export async function startServer(what: Launch, logFile: string): Promise<Server> {
  const port = await freePort();
  const site = { port, origin: `http://localhost:${port}` };
  const env = { ...what.env, PATH: process.env.PATH, PORT: String(port) };
  const child = launch({ ...what, env }, ['ignore', openSync(logFile, 'a'), 'inherit']);
  const exited = once(child, 'exit');
  for (const until = Date.now() + 60_000; !(await isReady(site)); ) {
    if (child.exitCode !== null || Date.now() > until) {
      throw new Error(`${what.file} does not start: ${readFileSync(logFile, 'utf8')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    site,
    usage: () => usageOf(child.pid as number),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function isReady({ port }: Site): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
  return response?.ok === true;
}

/** proc_pid_stat(5): fields 14 and 15 are user and system time, in hundredths of a second. */
function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = {
    cpu: (Number(fields[11]) + Number(fields[12])) / 100,
    memory: residentBytes(pid),
  };
  const all = childrenOf(pid).map(usageOf);
  return all.reduce(
    (sum, one) => ({ cpu: sum.cpu + one.cpu, memory: sum.memory + one.memory }),
    own,
  );
}

export interface Load {
  order(work: Drive | Seed): Promise<Result>;
  stop(): void;
}

export function startLoad(cores: string | null): Load {
  const what: Launch = { file: 'load.ts', cores, env: process.env };
  const child = launch(what, ['ignore', 'inherit', 'inherit', 'ipc']);
  return {
    order: (work) =>
      new Promise((resolve, reject) => {
        const failed = () => reject(new Error('the load ended before its work'));
        child.once('exit', failed);
        child.once('message', (result: Result) => {
          child.off('exit', failed);
          resolve(result);
        });
        child.send(work);
      }),
    stop: () => void child.kill(),
  };
}
