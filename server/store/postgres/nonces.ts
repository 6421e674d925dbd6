import { and, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Nonce } from '../../records/nonce.ts';
import { horizonHour } from '../nonce-horizon.ts';
import { nonceIsSpent } from '../refusals.ts';
import { nonceHorizon, spentNonces } from './schema.ts';

/** A nonce together with the operation that spends it, which tells its own attempts from others. */
export interface Spending {
  readonly nonce: Nonce;
  /** A UUID. */
  readonly by: string;
}

const $ = (name: string) => sql.placeholder(name);

/** Statements on spent nonces; those that write run inside a transaction of the caller's. */
export function nonceStatements(db: NodePgDatabase) {
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
    .set({ spentBy: sql`${$('by')}` })
    .where(and(eq(spentNonces.nonce, $('nonce')), eq(spentNonces.spentBy, $('by'))))
    .prepare('reclaim_nonce');

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
     * True if an earlier attempt of this operation committed. It writes what it looks for, so that
     * its own commit waits for whatever the earlier one should have waited for (a synchronous standby):
     * the log is replicated in order.
     */
    async reclaim({ nonce, by }: Spending): Promise<boolean> {
      return (await reclaim.execute({ nonce: nonce.value, by })).rowCount === 1;
    },
  };
}
