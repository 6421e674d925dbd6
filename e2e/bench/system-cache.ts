import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const page = 4096;
/** In pages, so far apart that the system takes the next one for no sequel of the last. */
const stride = 1009;

/**
 * Reads a file so that the system has it in its cache, as a machine with memory for it has after a
 * while: some take it away within a minute, and every sign-in would wait for the disk. Out of order, as a
 * server reads it, because what Linux reads ahead it keeps in large pieces, and writing a page of one of
 * those costs ext4 many times as much.
 */
export function readIntoCache(path: string): void {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(page);
  const pages = Math.ceil(fstatSync(file).size / page);
  for (let first = 0; first < stride; first++) {
    for (let at = first; at < pages; at += stride) readSync(file, buffer, 0, page, at * page);
  }
  closeSync(file);
}
