import type { RecordedEntry } from '../records/audit.ts';

export interface AuditPage {
  readonly limit: number;
  /** Exclusive: the `next` of the page before. */
  readonly before?: string | undefined;
  /** Only what no number of routine entries may push out of sight. */
  readonly only?: 'security' | undefined;
}

/** What happened to accounts. */
export interface AuditStore {
  /** Latest first. `next` is null on the last page. Refuses with `invalid_request` (`before` is no `next`). */
  listAudit(
    userId: string,
    page: AuditPage,
  ): Promise<{ entries: RecordedEntry[]; next: string | null }>;
}
