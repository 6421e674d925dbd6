import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { newFolder } from '../testing/folder.ts';
import { newPipe } from '../testing/pipe.ts';
import { logDestination } from './log-destination.ts';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});

function open(path: string): number {
  const file = openSync(path, 'w');
  onTestFinished(() => closeSync(file));
  return file;
}

/** Each call reads on, and returns everything that came through the pipe so far. */
function collect(reader: number): () => string {
  const buffer = Buffer.alloc(1 << 17);
  const pieces: Buffer[] = [];
  return () => {
    try {
      pieces.push(Buffer.from(buffer.subarray(0, readSync(reader, buffer))));
    } catch {
      // The pipe is empty.
    }
    return Buffer.concat(pieces).toString();
  };
}

const line = (number: number) => `${number} ${'é'.repeat(100)}\n`;
const lines = (count: number) => Array.from({ length: count }, (_, number) => line(number));

describe('the destination of the log', () => {
  it('takes every line once and in order, however it is flushed', async () => {
    const path = join(folder, 'log');
    const destination = logDestination(open(path));
    const all = lines(1000);
    for (const [index, each] of all.entries()) {
      destination.write(each);
      if (index % 100 === 0) destination.flush();
      if (index % 250 === 0) await new Promise(setImmediate);
    }
    await expect.poll(() => readFileSync(path, 'utf8')).toBe(all.join(''));
    destination.write('the end\n');
    destination.flushSync();
    expect(readFileSync(path, 'utf8')).toBe(`${all.join('')}the end\n`);
  });

  it('buffers a limited number of lines if the reader stops, and goes on once it reads again', async () => {
    const { reader, writer } = newPipe(folder);
    const read = collect(reader);
    const destination = logDestination(writer);
    const all = lines(30_000);
    for (const each of all) destination.write(each);
    const patiently = { timeout: 20_000 };
    await expect.poll(() => read().length, patiently).toBeGreaterThan(1_000_000);
    destination.write('again\n');
    await expect.poll(() => read().endsWith('again\n'), patiently).toBe(true);
    const before = read().slice(0, -'again\n'.length);
    expect(all.join('').startsWith(before)).toBe(true);
    expect(before.length).toBeLessThan(1.2 * (1 << 20));
    for (const end of [reader, writer]) closeSync(end);
  });

  it('loses lines at the end of the process if they can’t be written', async () => {
    const destination = logDestination(open('/dev/full'));
    for (const each of lines(100)) destination.write(each);
    await new Promise((resolve) => setTimeout(resolve, 50));
    destination.write('more\n');
    expect(destination.flushSync()).toBeUndefined();
  });
});
