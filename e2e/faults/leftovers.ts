/** What must not be left behind: it is cleared away when the test process ends, however that ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Leftover {
  /** Clears it away now. */
  clear(): Promise<void>;
  /** There is nothing left to clear away. */
  forget(): void;
}

/**
 * @param script for the shell, with `args` as $1, $2, …: run when this process is gone, as it waits for a
 *   pipe that only this process holds
 */
export function leftover(script: string, ...args: readonly string[]): Leftover {
  const guard = spawn('sh', ['-c', `cat; ${script}`, 'sh', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // What ends the tests by their process group leaves the guard to do its work.
    detached: true,
  });
  const ended = once(guard, 'exit');
  guard.unref();
  return {
    async clear() {
      guard.ref();
      guard.stdin?.end();
      await ended;
    },
    forget: () => void guard.kill('SIGKILL'),
  };
}

export interface Folder extends Leftover {
  readonly path: string;
}

/** @param before for the shell, with the folder as $1: what makes it possible to remove it */
export function newFolder(before = ':'): Folder {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-faults-'));
  return { path, ...leftover(`${before}; rm -rf "$1"`, path) };
}
