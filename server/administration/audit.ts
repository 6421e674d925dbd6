import type { User } from '../records/user.ts';
import type { Administration } from './administration.ts';
import { type AccountFacts, type AuditFacts, accountFacts, auditFacts } from './facts.ts';

/** @returns the latest entries first, at most `limit` */
export async function listAudit(
  { store }: Administration,
  user: User,
  limit: number,
): Promise<{ readonly account: AccountFacts; readonly entries: readonly AuditFacts[] }> {
  const { entries } = await store.listAudit(user.id, { limit });
  return { account: accountFacts(user), entries: entries.map(auditFacts) };
}
