/** A line that can't be read is a bad line, and never the end of the run. */
export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly problem: string };

/** An account holds 64 passkeys at most, a passkey a few kilobytes: nothing honest is longer. */
const longestLine = 1024 * 1024;

const lineFeed = 0x0a;
/** A byte order mark, as some tools write it, is no part of the text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * The lines of a stream of bytes, numbered from 1, one at a time: what is read is no more than a line
 * and a chunk, however long a line claims to be. Blank lines count but do not come.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: number = longestLine,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 0;
  const add = (part: Uint8Array) => {
    length += part.length;
    if (length <= limit) parts.push(part);
    else parts = [];
  };
  const finish = (): Line | null => {
    number += 1;
    const line = length > limit ? tooLong(number, limit) : decode(number, Buffer.concat(parts));
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, from)) {
      add(chunk.subarray(from, end));
      from = end + 1;
      const line = finish();
      if (line !== null) yield line;
    }
    add(chunk.subarray(from));
  }
  const last = length > 0 ? finish() : null;
  if (last !== null) yield last;
}

function tooLong(number: number, limit: number): Line {
  return { number, problem: `longer than ${limit} bytes` };
}

function decode(number: number, bytes: Uint8Array): Line | null {
  try {
    const text = utf8.decode(bytes);
    return text.trim() === '' ? null : { number, text };
  } catch {
    return { number, problem: 'not UTF-8' };
  }
}
