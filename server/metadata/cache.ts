/** The copy of a downloaded BLOB, kept so that a server can start without a network. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from '../files.ts';

interface Copy {
  readonly text: string;
  /** When it was written, in milliseconds since the Unix epoch. */
  readonly writtenAt: number;
}

/** A file for each source, because each source numbers its BLOBs by itself. */
export function cacheFile(folder: string, source: string): string {
  const name = createHash('sha256').update(source).digest('hex').slice(0, 16);
  return join(folder, `metadata-${name}.jwt`);
}

/** The copy, if there is one that was written after `since`. */
export async function readCopy(path: string, since: number): Promise<Copy | null> {
  try {
    const { mtimeMs } = await stat(path);
    return mtimeMs > since ? { text: await readFile(path, 'utf8'), writtenAt: mtimeMs } : null;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

/** Replaces the copy in one step, because several processes may share it. */
export async function writeCopy(path: string, { text, writtenAt }: Copy): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceFile(path, async (draft) => {
    await writeFile(draft, text);
    await utimes(draft, writtenAt / 1000, writtenAt / 1000);
  });
}
