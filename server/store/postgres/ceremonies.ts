import { and, desc, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { RpError } from '../../errors.ts';
import type { AuditEntry, RecordedEntry } from '../../records/audit.ts';
import type { Nonce } from '../../records/nonce.ts';
import { horizonHour } from '../nonce-horizon.ts';
import { everyColumn } from '../placeholders.ts';
import { recordedEntry } from '../recorded-entry.ts';
import { auditEntries, keptKeys, nonceHorizon, spentNonces } from './schema.ts';
import { together } from './together.ts';

/** A nonce together with the operation that spends it, which tells its own attempts from others. */
export interface Spending {
  readonly nonce: Nonce;
  /** A UUID. */
  readonly by: string;
}

export const nonceIsSpent = () =>
  new RpError('challenge_invalid', { detail: 'the nonce is spent, or may have been' });

const $ = (name: string) => sql.placeholder(name);

/** What the ceremonies need and leave behind: a kept key, spent nonces, audit entries. */
export function ceremonyStatements(db: NodePgDatabase, newAuditId: (at: number) => string) {
  const spend = db
    .insert(spentNonces)
    .select(
      sql`SELECT ${$('nonce')}::bytea, ${$('expiresAt')}::bigint, ${$('spentBy')}::uuid
        WHERE NOT EXISTS (
          SELECT 1 FROM ${nonceHorizon} WHERE ${nonceHorizon.hour} = ${$('hour')}::int AND ${nonceHorizon.purgedUpTo} >= ${$('expiresAt')}::bigint
        )`,
    )
    .onConflictDoNothing()
    .prepare('spend_nonce');
  const reclaim = db
    .update(spentNonces)
    .set({ spentBy: sql`${sql.placeholder('by')}` })
    .where(
      and(
        eq(spentNonces.nonce, sql.placeholder('nonce')),
        eq(spentNonces.spentBy, sql.placeholder('by')),
      ),
    )
    .prepare('reclaim_nonce');
  const note = db.insert(auditEntries).values(everyColumn(auditEntries)).prepare('insert_audit');
  const keep = db
    .insert(keptKeys)
    .values(everyColumn(keptKeys))
    .onConflictDoNothing()
    .prepare('keep_key');
  const kept = db
    .select({ value: keptKeys.value })
    .from(keptKeys)
    .where(eq(keptKeys.name, sql.placeholder('name')))
    .prepare('find_kept_key');
  const ofUser = db
    .select({
      at: auditEntries.at,
      kind: auditEntries.kind,
      userId: auditEntries.userId,
      credentialId: auditEntries.credentialId,
      sessionId: auditEntries.sessionId,
      evidence: auditEntries.evidence,
    })
    .from(auditEntries)
    .where(eq(auditEntries.userId, sql.placeholder('userId')))
    .orderBy(desc(auditEntries.id))
    .limit(sql.placeholder('limit'))
    .prepare('list_audit');

  return {
    /** Of two ceremonies with one challenge, the second waits for the first and finds the nonce spent. */
    async spend({ nonce, by }: Spending): Promise<void> {
      const { rowCount } = await spend.execute({
        nonce: Buffer.from(nonce.value),
        expiresAt: nonce.expiresAt,
        hour: horizonHour(nonce.expiresAt),
        spentBy: by,
      });
      if (rowCount === 0) throw nonceIsSpent();
    },

    /**
     * True where an earlier attempt of this operation committed. It writes what it looks for, so that
     * its own commit waits for whatever the earlier one should have waited for (a synchronous standby):
     * the log is replicated in order.
     */
    async reclaim({ nonce, by }: Spending): Promise<boolean> {
      return (await reclaim.execute({ nonce: nonce.value, by })).rowCount === 1;
    },

    async keepKey(name: string, candidate: Uint8Array): Promise<Uint8Array> {
      await keep.execute({ name, value: candidate });
      return (await kept.execute({ name }))[0]?.value ?? candidate;
    },

    async note(entries: readonly AuditEntry[]): Promise<void> {
      await together(entries.map((entry) => note.execute({ ...entry, id: newAuditId(entry.at) })));
    },

    listAudit: async (userId: string, limit: number): Promise<RecordedEntry[]> =>
      (await ofUser.execute({ userId, limit })).map(recordedEntry),
  };
}
