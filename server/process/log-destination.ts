/**
 * Where the log goes: lines are written several at a time, and the server never waits until they are written.
 *
 * Guarantees: if nobody reads the log any more, or the disk is full, lines are lost, but the server goes on
 * and ends as usual. A write that fails is tried again; meanwhile a limited number of lines is kept.
 */
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';

/** One write for each line would cost a tenth of a sign-in. */
const flushAtCharacters = 4_096;
const flushWithinMs = 250;
const retryAfterMs = 20;
const maxBufferedCharacters = 1 << 20;
const noBytes = Buffer.alloc(0);

export interface LogDestination {
  write(line: string): void;
  /** Writes what is buffered, without waiting until it is written. */
  flush(): void;
  /** The same, but waits, because the process ends; what can't be written is lost. */
  flushSync(): void;
}

/** @param descriptor the file descriptor to write to: 1 is standard output */
export function logDestination(descriptor: number): LogDestination {
  const file = nonBlocking(descriptor);
  let buffered = '';
  /** What a write has not taken: it goes before what is buffered. */
  let unwritten: Buffer = noBytes;
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
      unwritten = bytes.subarray(error === null ? written : 0);
      if (error === null && (unwritten.length > 0 || buffered.length >= flushAtCharacters)) flush();
      else flushLater(error === null ? flushWithinMs : retryAfterMs);
    });
  }

  function next(): Buffer {
    if (unwritten.length > 0) return unwritten;
    const bytes = Buffer.from(buffered);
    buffered = '';
    return bytes;
  }

  /** The timer alone does not keep the process running. */
  function flushLater(afterMs = flushWithinMs): void {
    timer ??= setTimeout(flush, afterMs).unref();
  }

  return {
    write(line) {
      if (buffered.length + line.length > maxBufferedCharacters) return;
      buffered += line;
      if (buffered.length >= flushAtCharacters && unwritten.length === 0) flush();
      else flushLater();
    },
    flush,
    flushSync() {
      const bytes = Buffer.concat([isWriting ? noBytes : unwritten, Buffer.from(buffered)]);
      [unwritten, buffered] = [noBytes, ''];
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      } catch {
        // The log is the only place where this could be reported.
      }
    },
  };
}

/**
 * A pipe is opened once more, so that a write fails if the pipe is full. A write that waits for the reader can't
 * be cancelled, and the process could not end.
 */
function nonBlocking(descriptor: number): number {
  try {
    if (!fstatSync(descriptor).isFIFO()) return descriptor;
    return openSync(`/dev/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // It is closed, has no reader or belongs to another user: use it as it is.
    return descriptor;
  }
}
