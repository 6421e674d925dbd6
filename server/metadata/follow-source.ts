/**
 * The newest issue that one source has given.
 *
 * Guarantees: nothing here rejects. A source that fails costs a line in the log; what was known stays,
 * across restarts too, and is never replaced by an older issue.
 */
import type { Logger } from 'pino';
import { type Blob, BlobError, openBlob } from './blob.ts';
import { readCopy, writeCopy } from './cache.ts';
import { readSource } from './source.ts';
import type { SigningAnchor } from './trust-anchors.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface MetadataDeps {
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly log: Logger;
}

interface Source {
  /** `file:PATH` or a URL. */
  readonly from: string;
  readonly signers: readonly SigningAnchor[];
  /** The path of the copy to keep; null where the source is as near as a copy. */
  readonly copy: string | null;
}

interface Follower {
  latest(): Blob | null;
  /** Takes the copy, and waits for the source only where there is none. */
  begin(): Promise<void>;
  /** Asks where that is due: daily, and hourly once the next issue should be there. */
  refresh(): Promise<void>;
  close(): void;
}

export function followSource({ fetch, now, log }: MetadataDeps, source: Source): Follower {
  const { from, signers, copy } = source;
  const closing = new AbortController();
  let blob: Blob | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  let copiedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | null = null;

  function isDue(): boolean {
    // In both directions, so that a clock that was set back does not stop the questions.
    const age = Math.abs(now() - askedAt);
    return age >= (blob !== null && now() >= blob.nextUpdate ? hourMs : dayMs);
  }

  function adopt(text: string): void {
    const read = openBlob(text, signers, now());
    // FIDO Metadata Service §3.2: an old issue would bring back what was revoked since
    if (blob !== null && read.no < blob.no) throw new BlobError('older');
    blob = read;
    const { no, nextUpdate, entries } = read;
    const known = { no, nextUpdate: new Date(nextUpdate), models: entries.size };
    if (now() < nextUpdate) log.info(known, 'read the FIDO metadata');
    else log.warn(known, 'the FIDO metadata is out of date, and used all the same');
  }

  /** What was kept by this process or has been by another one since. */
  async function adoptCopy(path: string): Promise<void> {
    try {
      const found = await readCopy(path, copiedAt);
      if (found === null) return;
      copiedAt = found.writtenAt;
      adopt(found.text);
      askedAt = found.writtenAt;
    } catch (error) {
      log.warn({ err: error }, 'the copy of the FIDO metadata is of no use');
    }
  }

  async function keepCopy(path: string, text: string): Promise<void> {
    try {
      await writeCopy(path, { text, writtenAt: askedAt });
      copiedAt = askedAt;
    } catch (error) {
      log.warn({ err: error }, 'the FIDO metadata could not be kept for the next start');
    }
  }

  async function ask(): Promise<void> {
    if (copy !== null) await adoptCopy(copy);
    if (!isDue()) return;
    try {
      const text = await readSource(from, fetch, closing.signal);
      adopt(text);
      askedAt = now();
      if (copy !== null) await keepCopy(copy, text);
    } catch (error) {
      if (!closing.signal.aborted) log.warn({ err: error }, 'no FIDO metadata from its source');
    }
  }

  async function refresh(): Promise<void> {
    if (!isDue() || closing.signal.aborted) return;
    asking ??= ask().finally(() => {
      asking = null;
    });
    await asking;
  }

  return {
    latest: () => blob,
    begin: async () => {
      if (copy !== null) await adoptCopy(copy);
      if (blob === null) await refresh();
      else void refresh();
    },
    refresh,
    close: () => closing.abort(),
  };
}
