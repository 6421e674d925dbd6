/** Full disks and read-only files, on machines where the tests are allowed to make them. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Folder, newFolder } from './clean-up.ts';

export interface SmallDisk extends Folder {
  /** Takes the last free byte. */
  fill(): void;
  makeRoom(): void;
}

/** @throws {Error} if nothing can be mounted: it needs root, and containers often forbid it */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const folder = newFolder('umount -l "$1/disk"');
  const path = join(folder.path, 'disk');
  fs.mkdirSync(path);
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'latchkey-faults', path);
  const ballast = join(path, 'ballast');
  return {
    ...folder,
    path,
    fill() {
      const file = fs.openSync(ballast, 'w');
      try {
        for (const chunk = Buffer.alloc(4096); ; ) fs.writeSync(file, chunk);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
      } finally {
        fs.closeSync(file);
      }
    },
    makeRoom: () => fs.rmSync(ballast),
  };
}

export interface Lockable extends Folder {
  /** Makes the files read-only, even for processes that have them open. */
  lock(): void;
  unlock(): void;
}

/** @throws {Error} if files can't be made immutable: it needs root and a file system that supports it */
export function lockableFolder(): Lockable {
  const folder = newFolder('chattr -R -i "$1"');
  const probe = join(folder.path, 'probe');
  fs.writeFileSync(probe, '');
  run('chattr', '+i', probe);
  run('chattr', '-i', probe);
  const files = () =>
    fs
      .readdirSync(folder.path)
      // The index of the write-ahead log is mapped memory: a failed write to it would end the process.
      .filter((name) => /\.db(-wal)?$/.test(name))
      .map((name) => join(folder.path, name));
  return {
    ...folder,
    lock: () => run('chattr', '+i', ...files()),
    unlock: () => run('chattr', '-i', ...files()),
  };
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' });
}
