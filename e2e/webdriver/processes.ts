/**
 * Programs that tests start and stop. Each is the leader of a process group of its own, so that its children end with
 * it. None runs on after the test process has ended, even if that was killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 15_000;

interface Program {
  readonly name: string;
  readonly child: ChildProcess;
  /** `log` has its stdout and stderr, `fd3` what it wrote to file descriptor 3. */
  readonly output: { log: string; fd3: string };
}

/**
 * A second process in the program's group reads from a pipe that the test process holds open. When the test process
 * ends, even by SIGKILL, the pipe closes, and the second process ends the group.
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

/** Asks until there is an answer. Rejects with the program's output if it ends before or takes too long. */
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

/** Ends a program and its children: by SIGTERM, and by SIGKILL if that does not help. */
export async function stop({ child }: Program): Promise<void> {
  signal(child, 'SIGTERM');
  const end = Date.now() + 2_000;
  while (isAlive(child) && Date.now() < end) await delay(10);
  // Also if it has ended, because its children may still run.
  signal(child, 'SIGKILL');
}

const isAlive = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null;

/** Sends a signal to the whole group. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // No process of the group is left.
  }
}
