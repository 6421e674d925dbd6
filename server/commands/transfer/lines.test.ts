import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, readLines } from './lines.ts';

async function* chunked(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function linesOf(chunks: AsyncIterable<Uint8Array>, limit?: number): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(chunks, limit)) lines.push(line);
  return lines;
}

describe('the lines of a file', () => {
  it('are numbered from 1, with or without a line feed at the end', async () => {
    const lines = [
      { number: 1, text: 'a' },
      { number: 2, text: 'b' },
    ];
    expect(await linesOf(chunked('a\nb\n'))).toEqual(lines);
    expect(await linesOf(chunked('a\nb'))).toEqual(lines);
    expect(await linesOf(chunked(''))).toEqual([]);
  });

  it('count when they are blank, but do not come', async () => {
    expect(await linesOf(chunked('\n \r\nc\r\n\n'))).toEqual([{ number: 3, text: 'c\r' }]);
  });

  it('lose the byte order mark that some tools begin with', async () => {
    expect(await linesOf(chunked('\ufeffa'))).toEqual([{ number: 1, text: 'a' }]);
  });

  it('that are too long or no UTF-8 are named, and the next one comes', async () => {
    const chunks = chunked('x'.repeat(7), 'x'.repeat(7), '\n', Uint8Array.of(0xff, 0x0a), 'next');
    expect(await linesOf(chunks, 10)).toEqual([
      { number: 1, problem: 'longer than 10 bytes' },
      { number: 2, problem: 'not UTF-8' },
      { number: 3, text: 'next' },
    ]);
  });

  it('are the same wherever the chunks end', async () => {
    const text = fc
      .array(fc.string({ unit: 'grapheme' }), { maxLength: 8 })
      .map((parts) => parts.join('\n'));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(60)), async (given, cuts) => {
        const bytes = Buffer.from(given);
        const ends = [0, ...cuts.sort((one, other) => one - other), bytes.length];
        const chunks = ends.slice(1).map((end, index) => bytes.subarray(ends[index], end));
        expect(await linesOf(chunked(...chunks), 40)).toEqual(await linesOf(chunked(bytes), 40));
      }),
    );
  });
});
