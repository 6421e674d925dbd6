import type { RecordedEntry } from '../records/audit.ts';

/** What happened to accounts. */
export interface AuditStore {
  /** Latest first, at most `limit`. */
  listAudit(userId: string, limit: number): Promise<RecordedEntry[]>;
}
