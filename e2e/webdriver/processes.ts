/**
 * Programs that tests start, and their end. Each is the head of a process group of its own, so that
 * what it started goes with it. None outlives the process that started it, however that one ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 15_000;

interface Program {
  readonly name: string;
  readonly child: ChildProcess;
  /** What it wrote: stdout and stderr, and apart from them its file descriptor 3. */
  readonly output: { log: string; fd3: string };
}

/**
 * Beside the program, in its group, something waits at a pipe that only the starter holds open. It
 * closes when the starter has gone, even by SIGKILL, and then the group goes too.
 */
const WITH_LIFELINE = `
  { trap '' TERM; cat <&4 >/dev/null; kill -TERM 0; sleep 2; kill -KILL 0; } &
  exec "$@" 4<&-`;

export function start(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Program {
  const child = spawn('/bin/sh', ['-c', WITH_LIFELINE, 'sh', name, ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const output = { log: '', fd3: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output.log += chunk;
    });
  }
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    output.fd3 += chunk;
  });
  child.on('error', (error) => {
    output.log += error.message;
  });
  return { name, child, output };
}

/** Asks until there is an answer; rejects with what the program said if it ends before, or is slow. */
export async function until<T>(
  { name, child, output }: Program,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  while (isAlive(child) && Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await delay(10);
  }
  throw new Error(`${name} did not start: ${output.log.trim()}`);
}

/** Ends a program and all it started: politely first, and for certain. */
export async function stop({ child }: Program): Promise<void> {
  signal(child, 'SIGTERM');
  const end = Date.now() + 2_000;
  while (isAlive(child) && Date.now() < end) await delay(10);
  // also where it has ended: what it started may not have
  signal(child, 'SIGKILL');
}

const isAlive = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null;

/** To the whole group. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // nobody of the group is left
  }
}
