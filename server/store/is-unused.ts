import { type SQLWrapper, sql } from 'drizzle-orm';

/** Whether an import made the account and nothing has happened to it since: in SQL that both dialects speak. */
export const isUnused = (userId: SQLWrapper) => sql`(
  EXISTS (
    SELECT 1 FROM audit_entries WHERE user_id = ${userId} AND kind = 'account-imported'
  ) AND NOT EXISTS (
    SELECT 1 FROM audit_entries WHERE user_id = ${userId} AND kind <> 'account-imported'
  ) AND NOT EXISTS (
    SELECT 1 FROM sessions WHERE user_id = ${userId}
  ) AND NOT EXISTS (
    SELECT 1 FROM apple_links WHERE user_id = ${userId}
  ) AND NOT EXISTS (
    SELECT 1 FROM credentials AS held JOIN attestations ON attestations.credential_id = held.id
    WHERE held.user_id = ${userId}
  )
)`;
