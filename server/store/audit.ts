import type { AuditEntry, RecordedEntry } from '../records/audit.ts';

export interface AuditPage {
  readonly limit: number;
  /** Exclusive: the `next` of the page before. */
  readonly before?: string | undefined;
  /** Only what no number of routine entries may push out of sight. */
  readonly only?: 'security' | undefined;
}

/** What happened to accounts. */
export interface AuditStore {
  /** What happened by itself; what belongs to a change is noted with it. */
  noteAudit(entries: readonly AuditEntry[]): Promise<void>;
  /** Latest first. `next` is null on the last page. Refuses with `invalid_request` (`before` is no `next`). */
  listAudit(
    userId: string,
    page: AuditPage,
  ): Promise<{ entries: RecordedEntry[]; next: string | null }>;
}
