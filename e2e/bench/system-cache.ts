import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const page = 4096;
/** The distance between two reads, in pages: far enough that the system does not read ahead. */
const stride = 1009;

/**
 * Reads a file so that it is in the cache of the system, as on a machine with enough memory. Some machines drop it
 * within a minute, and then every sign-in would wait for the disk. It is read out of order, as by a server: Linux
 * keeps what it reads ahead in large pieces, and with ext4 a write to a page of a large piece costs many times more.
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
