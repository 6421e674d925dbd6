/**
 * Where the log goes: lines are handed to the system a few together, and nobody waits for whoever reads
 * them.
 *
 * Guarantees: a reader that is gone or a disk that is full costs lines, never the service or its end.
 * What can't be written is tried again; of what comes meanwhile, only so much is kept.
 */
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';

/** A write for every line is a tenth of what a sign-in costs. */
const together = 4_096;
const latestMs = 250;
const againMs = 20;
const most = 1 << 20;
const nothing = Buffer.alloc(0);

export interface LogDestination {
  write(line: string): void;
  /** Hands over what waits, now. */
  flush(): void;
  /** The same where the process ends; what can't be written then is lost. */
  flushSync(): void;
}

/** @param descriptor what is written to: 1 is standard output */
export function logDestination(descriptor: number): LogDestination {
  const file = unblocked(descriptor);
  let waiting = '';
  /** What was handed over and not taken: it goes before what waits. */
  let refused: Buffer = nothing;
  let isWriting = false;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (isWriting) return;
    const bytes = next();
    if (bytes.length === 0) return;
    isWriting = true;
    write(file, bytes, (error, written) => {
      isWriting = false;
      refused = bytes.subarray(error === null ? written : 0);
      if (error === null && (refused.length > 0 || waiting.length >= together)) flush();
      else flushLater(error === null ? latestMs : againMs);
    });
  }

  function next(): Buffer {
    if (refused.length > 0) return refused;
    const bytes = Buffer.from(waiting);
    waiting = '';
    return bytes;
  }

  /** No reason for a process to stay. */
  function flushLater(afterMs = latestMs): void {
    timer ??= setTimeout(flush, afterMs).unref();
  }

  return {
    write(line) {
      if (waiting.length + line.length > most) return;
      waiting += line;
      if (waiting.length >= together && refused.length === 0) flush();
      else flushLater();
    },
    flush,
    flushSync() {
      const bytes = Buffer.concat([isWriting ? nothing : refused, Buffer.from(waiting)]);
      [refused, waiting] = [nothing, ''];
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      } catch {
        // There is nobody to tell.
      }
    },
  };
}

/**
 * A pipe, opened once more so that it refuses what it has no room for: a write that waits for a reader
 * who rests could not be given up, not even by the end of the process.
 */
function unblocked(descriptor: number): number {
  try {
    if (!fstatSync(descriptor).isFIFO()) return descriptor;
    return openSync(`/dev/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // Closed, without a reader, or another user's: then it is written to as it is.
    return descriptor;
  }
}
