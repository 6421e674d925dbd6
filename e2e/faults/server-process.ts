/** The server as an operator runs it: one or several processes, configured by the environment alone. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  childrenOf,
  type Environment,
  residentBytes,
  spawnScript,
} from '../../server/testing/processes.ts';
import { cleanUpAtExit } from './clean-up.ts';

export interface ServerProcess {
  readonly port: number;
  readonly origin: string;
  readonly pid: number;
  /** Resolves to the exit status; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  /** The end of its log. */
  output(): string;
  /** The IDs of the worker processes, if there are several. */
  workers(): number[];
  /** Resident bytes of all its processes. */
  memory(): number;
  signal(signal: NodeJS.Signals): void;
  /** Kills all of its processes; resolves when they have ended. */
  kill(): Promise<void>;
  /** Resolves when all of its processes have ended. */
  gone(): Promise<void>;
}

const keptOutput = 20_000;
const startTimeoutMs = 120_000;

/** Starts it in a folder, which holds its database unless the environment names another one. */
export async function startServer(
  folder: string,
  port: number,
  env: Environment = {},
): Promise<ServerProcess> {
  // A process group of its own, so that all of it can be killed at once.
  const detached = true;
  const child = spawnScript('main.ts', [], folder, { PORT: String(port), ...env }, { detached });
  const pid = child.pid ?? 0;
  const guard = cleanUpAtExit('kill -s KILL -- "-$1"', String(pid));
  let output = '';
  let ready = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-keptOutput);
      ready ||= output.includes('is ready');
    });
  }
  const ended = once(child, 'exit').then(([status]) => status as number | null);
  for (const deadline = performance.now() + startTimeoutMs; !ready; await pause(5)) {
    if (child.exitCode === null && performance.now() < deadline) continue;
    await guard.run();
    throw new Error(`the server does not start: ${output}`);
  }

  const gone = async () => {
    await ended;
    while (groupOf(pid).length > 0) await pause(5);
    guard.cancel();
  };
  const workers = () => childrenOf(pid);
  return {
    port,
    origin: `http://localhost:${port}`,
    pid,
    ended,
    output: () => output,
    workers,
    memory: () => [pid, ...workers()].reduce((sum, each) => sum + residentBytes(each), 0),
    signal: (signal) => void child.kill(signal),
    async kill() {
      if (groupOf(pid).length > 0) process.kill(-pid, 'SIGKILL');
      await gone();
    },
    gone,
  };
}

/** The running processes of a group, without those that have ended but were not waited for. */
function groupOf(leader: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const [state, , group] = statOf(name);
      return state !== undefined && state !== 'Z' && Number(group) === leader;
    })
    .map(Number);
}

/** proc_pid_stat(5), from the third field on; empty if the process has ended. */
function statOf(pid: string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
