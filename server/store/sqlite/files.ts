import * as fs from 'node:fs';
import { dirname } from 'node:path';

/** What SQLite may keep beside a database. */
export const sidecars = ['-wal', '-shm', '-journal'] as const;

/** A file system that knows no second names: FAT, some network shares. */
const noLinks = /^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/;

/** Returns only once the file, or the names in a folder, have survived power loss. */
export function toDisk(path: string): void {
  const file = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

/**
 * Gives a file a further name, at once and whole, unless something has that name: false then. Where
 * there are no second names, it is renamed.
 */
export function nameToo(path: string, name: string): boolean {
  try {
    fs.linkSync(path, name);
    return true;
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    if (code !== 'EEXIST' && !noLinks.test(code)) throw error;
    if (code === 'EEXIST' || fs.existsSync(name)) return false;
    fs.renameSync(path, name);
    return true;
  }
}

export function removeDraft(draft: string): void {
  for (const name of [draft, ...sidecars.map((sidecar) => draft + sidecar)]) {
    fs.rmSync(name, { force: true });
  }
}

/** What root makes in a server's folder must be the server's own, or it could not open it. */
export function giveToOwner(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = fs.statSync(dirname(path));
  fs.chownSync(path, uid, gid);
}
