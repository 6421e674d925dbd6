import { eq } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { keptKeys } from './schema.ts';

export function keptKeyStatements(db: BetterSQLite3Database) {
  return {
    keep(name: string, candidate: Uint8Array): Uint8Array {
      db.insert(keptKeys)
        .values({ name, value: Buffer.from(candidate) })
        .onConflictDoNothing()
        .run();
      return db.select().from(keptKeys).where(eq(keptKeys.name, name)).get()?.value ?? candidate;
    },
  };
}
