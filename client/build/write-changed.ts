import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Leaves a file with these contents alone: a server or another test run may be reading it. */
export async function writeChanged(path: string, contents: Uint8Array): Promise<void> {
  const written = await readFile(path).catch(() => undefined);
  if (written?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
