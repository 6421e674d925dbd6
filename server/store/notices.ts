import { type AuditEntry, isNoticed } from '../records/audit.ts';
import type { Deletion, Notice } from '../records/notice.ts';

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
    return writtenNotice(userId, { kind: 'notice', of: kind, at, evidence });
  });
}

/** Written before the account goes, because its address goes with it. */
export function noticeOfDeletion(userId: string, { kind, at, evidence }: Deletion): WrittenNotice {
  return writtenNotice(userId, { kind: 'notice', of: kind, at, evidence });
}

const writtenNotice = (userId: string, notice: Notice): WrittenNotice => ({
  userId,
  message: JSON.stringify(notice),
  now: notice.at,
});
