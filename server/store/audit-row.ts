/** Audit entries as the tables of both dialects hold them, read by a version that may be older or newer. */
import {
  type AuditEntry,
  isAuditKind,
  isSecurityKind,
  type RecordedEntry,
} from '../records/audit.ts';

export interface AuditRow {
  readonly at: number;
  readonly kind: string;
  readonly userId: string;
  readonly credentialId: string | null;
  readonly sessionId: string | null;
  readonly evidence: unknown;
}

/** An entry with what its index needs. */
export function auditRowOf(entry: AuditEntry) {
  return { ...entry, security: isSecurityKind(entry.kind) };
}

/** Evidence that is no object says nothing; a kind that this version does not know is told as such. */
export function recordedEntry({ kind, evidence: stored, ...row }: AuditRow): RecordedEntry {
  const evidence = typeof stored === 'object' && stored !== null ? stored : {};
  return isAuditKind(kind)
    ? ({ ...row, kind, evidence } as RecordedEntry)
    : { ...row, kind: 'unknown', evidence: { kind, evidence } };
}
