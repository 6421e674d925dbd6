/**
 * The newest issue of one source, fetched again and again.
 *
 * Guarantees: nothing here rejects. If the source fails, the log says so, and the issue that is known stays, also
 * after a restart. It is never replaced by an older issue.
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
  /** The path of the copy to keep; null if the source is a file itself. */
  readonly copy: string | null;
}

interface Follower {
  latest(): Blob | null;
  /** Uses the copy, and waits for the source only if there is no copy. */
  begin(): Promise<void>;
  /** Fetches if it is due: every day, or every hour if the next issue should have been published. */
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
    // The absolute value, so that it is still fetched after the clock was set back.
    const age = Math.abs(now() - askedAt);
    return age >= (blob !== null && now() >= blob.nextUpdate ? hourMs : dayMs);
  }

  function adopt(text: string): void {
    const read = openBlob(text, signers, now());
    // FIDO Metadata Service §3.2: an older issue does not know of revocations since then
    if (blob !== null && read.no < blob.no) throw new BlobError('older');
    blob = read;
    const { no, nextUpdate, entries } = read;
    const known = { no, nextUpdate: new Date(nextUpdate), models: entries.size };
    if (now() < nextUpdate) log.info(known, 'read the FIDO metadata');
    else log.warn(known, 'the FIDO metadata is out of date, but it is used');
  }

  /** Uses the copy that this process or another one has written since the last time. */
  async function adoptCopy(path: string): Promise<void> {
    try {
      const found = await readCopy(path, copiedAt);
      if (found === null) return;
      copiedAt = found.writtenAt;
      adopt(found.text);
      askedAt = found.writtenAt;
    } catch (error) {
      log.warn({ err: error }, 'the copy of the FIDO metadata can’t be used');
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
      if (!closing.signal.aborted)
        log.warn({ err: error }, 'the FIDO metadata could not be fetched');
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
