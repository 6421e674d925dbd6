import { eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { everyColumn } from '../placeholders.ts';
import { keptKeys } from './schema.ts';

export function keptKeyStatements(db: NodePgDatabase) {
  const insert = db
    .insert(keptKeys)
    .values(everyColumn(keptKeys))
    .onConflictDoNothing()
    .prepare('keep_key');
  const find = db
    .select({ value: keptKeys.value })
    .from(keptKeys)
    .where(eq(keptKeys.name, sql.placeholder('name')))
    .prepare('find_kept_key');

  return {
    async keep(name: string, candidate: Uint8Array): Promise<Uint8Array> {
      await insert.execute({ name, value: candidate });
      return (await find.execute({ name }))[0]?.value ?? candidate;
    },
  };
}
