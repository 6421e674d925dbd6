/** Disks that run full and files that can't be written, where the machine lets us make them. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Folder, newFolder } from './leftovers.ts';

export interface SmallDisk extends Folder {
  /** Takes the last free byte. */
  fill(): void;
  makeRoom(): void;
}

/** @throws where nothing can be mounted: it takes root, and a container often forbids it */
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
  /** No file that is there can be written any more, not even by those who have it open. */
  lock(): void;
  unlock(): void;
}

/** @throws where files can't be made immutable: it takes root and a file system that knows of it */
export function lockableFolder(): Lockable {
  const folder = newFolder('chattr -R -i "$1"');
  const probe = join(folder.path, 'probe');
  fs.writeFileSync(probe, '');
  run('chattr', '+i', probe);
  run('chattr', '-i', probe);
  const files = () =>
    fs
      .readdirSync(folder.path)
      // The index of the log is shared memory: a write to it would end the process.
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
