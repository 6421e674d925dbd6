import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/**
 * The column as its bytes compare, so that what begins alike stands together: the database's own
 * collation orders text for people, and in another way on every machine.
 */
export const inBytes = (column: PgColumn): SQL => sql`${column} COLLATE "C"`;
