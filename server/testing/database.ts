import { join } from 'node:path';
import Database from 'better-sqlite3';
import { copyDatabase, readContents, startPostgres } from './postgres.ts';

/** A new, empty database: a file in `folder`, or a PostgreSQL database if TEST_DATABASE is `postgres`. */
export interface TestDatabase {
  readonly url: string;
  /** All rows of all tables, to show that a refusal changed nothing. */
  contents(): Promise<unknown>;
}

/** Where a run has one server for all its processes, `global-setup.ts` has started it. */
let template = process.env['TEST_POSTGRES'];

export async function newDatabase(folder: string): Promise<TestDatabase> {
  if (process.env.TEST_DATABASE === 'postgres') {
    template ??= await (await startPostgres({ durable: false })).template();
    const url = await copyDatabase(template);
    return { url, contents: () => readContents(url) };
  }
  const path = join(folder, 'test.db');
  return { url: `file:${path}`, contents: async () => readFile(path) };
}

function readFile(path: string): unknown {
  const database = new Database(path, { readonly: true });
  const tables = database
    .prepare<[], { name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )
    .all();
  const contents = tables.map(({ name }) => [
    name,
    database.prepare(`SELECT * FROM "${name}"`).all(),
  ]);
  database.close();
  return contents;
}
