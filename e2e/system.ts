/**
 * For finding and installing browsers: looks for programs, runs commands within a time limit, and installs Debian's
 * packages. It writes to stderr only, one line for each step, so that the caller can use stdout.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const isRoot = (): boolean => process.getuid?.() === 0;

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The full path of the first of these programs that is in PATH. */
export function onPath(...names: string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((dir) => join(dir, name))).find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command to its end; false, with one line on stderr, if it failed or took too long. */
export async function run(
  command: string,
  args: readonly string[],
  timeout: number,
): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await execute(command, args, { timeout, env, maxBuffer: 64 * 2 ** 20, killSignal: 'SIGKILL' });
    return true;
  } catch (error) {
    const { stderr = '', killed, message } = error as Error & { stderr?: string; killed?: boolean };
    const lines = `${stderr}\n${message}`.split('\n').filter((line) => line.trim() !== '');
    const telling = lines.find((line) => /\berror\b|^E:/i.test(line)) ?? lines[0];
    say(`  ${basename(command)} failed: ${killed ? 'it took too long' : telling?.trim()}`);
    return false;
  }
}

/** Whether `installPackages` can work: as root on Debian or a system derived from it. */
export const canInstallPackages = (): boolean => isRoot() && existsSync('/etc/debian_version');

export async function installPackages(...packages: string[]): Promise<boolean> {
  if (!canInstallPackages()) return false;
  say(`Installing ${packages.join(', ')} with apt-get …`);
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  // If the package index can't be updated, the old one may be good enough.
  await run('apt-get', ['update', '-qq'], 180_000);
  return run('apt-get', install, 600_000);
}
