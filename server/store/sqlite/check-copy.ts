import Database, { SqliteError } from 'better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { OperatorError } from '../../errors.ts';
import { migrationsFolder } from './open.ts';
import { isOurs, tableNames } from './tables.ts';

/** How many rows every table has. */
export type RowCounts = Readonly<Record<string, number>>;

export function countRows(database: Database.Database): RowCounts {
  const count = (name: string) =>
    database.prepare<[], number>(`SELECT count(*) FROM "${name}"`).pluck().get() ?? 0;
  return Object.fromEntries(tableNames(database).map((name) => [name, count(name)]));
}

/**
 * Reads every page of a copy, and leaves it one file that stands for itself.
 *
 * @param shownAs what the file is called to the operator
 * @throws {OperatorError} unless it is a whole database that this version can serve
 */
export function checkCopy(copy: string, shownAs = copy): RowCounts {
  const database = new Database(copy, { fileMustExist: true });
  try {
    database.pragma('trusted_schema = OFF');
    database.pragma('journal_mode = DELETE');
    const problems = [
      ...database.prepare<[], string>('PRAGMA integrity_check(5)').pluck().all(),
      ...database.prepare('PRAGMA foreign_key_check').all(),
    ].filter((found) => found !== 'ok');
    if (problems.length > 0) throw new OperatorError(`${shownAs} is damaged.`);
    refuseForeign(database, shownAs);
    return countRows(database);
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error;
    throw new OperatorError(`${shownAs} can not be read as a database: ${error.message}.`);
  } finally {
    database.close();
  }
}

function refuseForeign(database: Database.Database, shownAs: string): void {
  if (!isOurs(database)) throw new OperatorError(`${shownAs} is not a database of Latchkey.`);
  const applied = database
    .prepare<[], number | null>('SELECT max(created_at) FROM __drizzle_migrations')
    .pluck()
    .get();
  const known = readMigrationFiles({ migrationsFolder }).at(-1)?.folderMillis ?? 0;
  if (Number(applied) > known) {
    throw new OperatorError(`${shownAs} is of a newer version of Latchkey than this one.`);
  }
}
