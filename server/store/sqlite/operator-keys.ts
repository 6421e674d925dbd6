import { and, eq, gt, isNull, lt, or } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import type { OperatorKey } from '../../records/operator-key.ts';
import { columnsOf, operatorKeyFields } from '../columns.ts';
import { operatorKeyIsGone } from '../refusals.ts';
import { operatorKeys } from './schema.ts';

/** Statements on operators' keys; those that write run inside a transaction of the caller's. */
export function operatorKeyStatements(db: BetterSQLite3Database) {
  const { id, keyHash, expiresAt, lastUsedOn } = operatorKeys;
  const columns = columnsOf(operatorKeys, operatorKeyFields);
  return {
    make: (key: OperatorKey & { keyHash: string }): void => {
      db.insert(operatorKeys)
        .values({ ...key, scopes: [...key.scopes] })
        .run();
    },
    find: (hash: string, now: number): OperatorKey | null =>
      db
        .select(columns)
        .from(operatorKeys)
        .where(and(eq(keyHash, hash), gt(expiresAt, now)))
        .get() ?? null,
    list: (): OperatorKey[] => db.select(columns).from(operatorKeys).all(),
    revoke(key: string): void {
      const { changes } = db.delete(operatorKeys).where(eq(id, key)).run();
      if (changes === 0) throw new RpError('not_found');
    },
    noteUse(key: string, day: string): void {
      const isLater = or(isNull(lastUsedOn), lt(lastUsedOn, day));
      db.update(operatorKeys)
        .set({ lastUsedOn: day })
        .where(and(eq(id, key), isLater))
        .run();
    },
    refuseGone(key: string, now: number): void {
      const good = and(eq(id, key), gt(expiresAt, now));
      if (db.select({ id }).from(operatorKeys).where(good).get() === undefined) {
        throw operatorKeyIsGone();
      }
    },
  };
}
