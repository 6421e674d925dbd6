/**
 * Files of our own. They are readable for their owner alone; and a file is written by way of a draft beside
 * it, so that under its name it is whole and on the disk, or not there at all.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';

/** A file system that knows no second names: FAT, some network shares. */
const noLinks = /^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/;
/** It is another's, it is gone, or the file system keeps no modes. */
const notOursToChange = /^(EPERM|EROFS|ENOENT|ENOTSUP)$/;

/**
 * Makes a file that `write` fills. What has that name already is never overwritten.
 *
 * @returns whether it was made; false if something has that name
 * @throws whatever `write` throws; then there is no file
 */
export function createFile(path: string, write: (draft: string) => unknown): Promise<boolean> {
  return byDraft(path, write, nameToo);
}

/** The same for a file that takes the place of what has that name, at once. */
export async function replaceFile(path: string, write: (draft: string) => unknown): Promise<void> {
  await byDraft(path, write, fs.renameSync);
}

async function byDraft<Named>(
  path: string,
  write: (draft: string) => unknown,
  name: (draft: string, path: string) => Named,
): Promise<Named> {
  const draft = draftOf(path);
  createPrivate(draft);
  try {
    await write(draft);
    toDisk(draft);
    return name(draft, path);
  } finally {
    fs.rmSync(draft, { force: true });
    toDisk(dirname(path));
  }
}

/** A name beside `path` that nobody else uses, not even a process with the same number in a container. */
export function draftOf(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.draft`;
}

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
 * Gives a file a further name, at once and whole, unless something has that name: false then. If there
 * are no second names, it is renamed.
 */
export function nameToo(path: string, name: string): boolean {
  try {
    fs.linkSync(path, name);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EEXIST' && !noLinks.test(code)) throw error;
    if (code === 'EEXIST' || fs.existsSync(name)) return false;
    fs.renameSync(path, name);
    return true;
  }
}

/** Makes an empty file that only its owner can read, unless there is a file. */
export function createPrivate(path: string): void {
  if (fs.existsSync(path)) return;
  fs.closeSync(fs.openSync(path, 'a', 0o600));
  giveToOwner(path);
}

/**
 * Makes a file that everybody can read its owner's alone. One that only a group can read besides is as
 * somebody wanted it.
 */
export function takeFromOthers(path: string): void {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & 0o007) === 0) return;
  try {
    fs.chmodSync(path, 0o600);
  } catch (error) {
    if (!notOursToChange.test(codeOf(error))) throw error;
  }
}

/** What root makes in a server's folder must be the server's own, or it could not open it. */
export function giveToOwner(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = fs.statSync(dirname(path));
  fs.chownSync(path, uid, gid);
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
