import { and, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { RpError } from '../../errors.ts';
import type { OperatorKey } from '../../records/operator-key.ts';
import { columnsOf, operatorKeyFields } from '../columns.ts';
import { everyColumn } from '../placeholders.ts';
import { operatorKeyIsGone } from '../refusals.ts';
import { operatorKeys } from './schema.ts';

const $ = (name: string) => sql.placeholder(name);

/** Statements on operators' keys; those that write run inside a transaction of the caller's. */
export function operatorKeyStatements(db: NodePgDatabase) {
  const { id, keyHash, expiresAt, lastUsedOn } = operatorKeys;
  const columns = columnsOf(operatorKeys, operatorKeyFields);
  const isGood = gt(expiresAt, sql`${$('now')}::bigint`);
  const make = db.insert(operatorKeys).values(everyColumn(operatorKeys)).prepare('make_key');
  const find = db
    .select(columns)
    .from(operatorKeys)
    .where(and(eq(keyHash, $('hash')), isGood))
    .prepare('find_key');
  const list = db.select(columns).from(operatorKeys).prepare('list_keys');
  const revoke = db
    .delete(operatorKeys)
    .where(eq(id, $('id')))
    .prepare('revoke_key');
  const noteUse = db
    .update(operatorKeys)
    .set({ lastUsedOn: sql`${$('day')}` })
    .where(and(eq(id, $('id')), or(isNull(lastUsedOn), lt(lastUsedOn, $('day')))))
    .prepare('note_key_use');
  // Whoever revokes it waits for what it does, and only for that.
  const hold = db
    .select({ id })
    .from(operatorKeys)
    .where(and(eq(id, $('id')), isGood))
    .for('key share')
    .prepare('hold_key');
  return {
    async make(key: OperatorKey & { keyHash: string }): Promise<void> {
      await make.execute({ ...key, scopes: [...key.scopes] });
    },
    find: async (hash: string, now: number): Promise<OperatorKey | null> =>
      (await find.execute({ hash, now }))[0] ?? null,
    list: (): Promise<OperatorKey[]> => list.execute(),
    async revoke(key: string): Promise<void> {
      const { rowCount } = await revoke.execute({ id: key });
      if (rowCount === 0) throw new RpError('not_found');
    },
    async noteUse(key: string, day: string): Promise<void> {
      await noteUse.execute({ id: key, day });
    },
    async holdOrRefuse(key: string, now: number): Promise<void> {
      if ((await hold.execute({ id: key, now })).length === 0) throw operatorKeyIsGone();
    },
  };
}
