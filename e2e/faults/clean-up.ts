/** Clean-up that is done when the test process ends, even if it is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface CleanUp {
  /** Does it now. */
  run(): Promise<void>;
  /** It is not needed any more. */
  cancel(): void;
}

/**
 * @param script for the shell, with `args` as $1, $2, …: a shell waits for the end of a pipe that only this process
 *   holds open, and then runs it
 */
export function cleanUpAtExit(script: string, ...args: readonly string[]): CleanUp {
  const guard = spawn('sh', ['-c', `cat; ${script}`, 'sh', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A signal to the process group of the tests must not end the shell.
    detached: true,
  });
  const ended = once(guard, 'exit');
  guard.unref();
  return {
    async run() {
      guard.ref();
      guard.stdin?.end();
      await ended;
    },
    cancel: () => void guard.kill('SIGKILL'),
  };
}

export interface Folder {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * A new, empty folder.
 *
 * @param before a shell command that runs before the folder ($1) is removed, for example to unmount it
 */
export function newFolder(before = ':'): Folder {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-faults-'));
  const { run } = cleanUpAtExit(`${before}; rm -rf "$1"`, path);
  return { path, remove: run };
}
