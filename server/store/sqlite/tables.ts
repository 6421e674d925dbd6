import type { Database } from 'better-sqlite3';

/** What a database holds but for what SQLite keeps itself, in the order of the names. */
export function tableNames(database: Database): string[] {
  const tables = database.pragma('main.table_list') as { schema: string; name: string }[];
  return tables
    .filter(({ schema, name }) => schema === 'main' && !name.startsWith('sqlite_'))
    .map(({ name }) => name)
    .sort();
}

/** Every database that was ever opened here has a list of its migrations. */
export function isOurs(database: Database): boolean {
  return tableNames(database).includes('__drizzle_migrations');
}
