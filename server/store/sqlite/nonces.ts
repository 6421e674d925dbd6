import type { Database } from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Nonce } from '../../records/nonce.ts';
import { horizonHour } from '../nonce-horizon.ts';
import { nonceIsSpent } from '../refusals.ts';
import { compile } from './compile.ts';
import { nonceHorizon, spentNonces } from './schema.ts';

/** Statements on spent nonces; those that write run inside a transaction of the caller's. */
export function nonceStatements(db: BetterSQLite3Database, database: Database) {
  const spend = compile(
    database,
    db
      .insert(spentNonces)
      .select(
        sql`SELECT ${sql.placeholder('nonce')}, ${sql.placeholder('expiresAt')} WHERE NOT EXISTS (
        SELECT 1 FROM ${nonceHorizon} WHERE ${nonceHorizon.hour} = ${sql.placeholder('hour')} AND ${nonceHorizon.purgedUpTo} >= ${sql.placeholder('expiresAt')}
      )`,
      )
      .onConflictDoNothing(),
  );

  return {
    /** Of two ceremonies with one challenge, the second finds the nonce spent. */
    spend(nonce: Nonce): void {
      const changes = spend({
        nonce: Buffer.from(nonce.value),
        expiresAt: nonce.expiresAt,
        hour: horizonHour(nonce.expiresAt),
      });
      if (changes === 0) throw nonceIsSpent();
    },
  };
}
