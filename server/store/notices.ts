import { type AuditEntry, isNoticed } from '../records/audit.ts';
import type { Notice } from '../records/notice.ts';

/** What is written to the outbox for an account with an address. */
export interface WrittenNotice {
  readonly userId: string;
  readonly message: string;
  readonly now: number;
}

/** The notices that these entries call for. Of a sign-in there are none. */
export function noticesOf(entries: readonly AuditEntry[]): WrittenNotice[] {
  return entries.filter(isNoticed).map((entry) => {
    const { kind, at, evidence, userId } = entry;
    const notice: Notice = { kind: 'notice', of: kind, at, evidence };
    return { userId, message: JSON.stringify(notice), now: at };
  });
}
