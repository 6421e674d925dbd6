/**
 * Copies of a SQLite database: made while the server writes, and put in the place of one.
 *
 * Guarantees: a copy is one moment of the database, with everything that was acknowledged before the
 * copying began; it gets its name only once it is whole, checked and on the disk; no file that was there
 * is overwritten, and a database that is replaced is kept beside the new one.
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { OperatorError } from '../../errors.ts';
import { createFile, draftOf, giveToOwner, nameToo, toDisk } from '../../files.ts';
import { checkCopy, countRows, type RowCounts } from './check-copy.ts';
import { removeSidecars, sidecars } from './files.ts';
import { exclusively } from './open.ts';

export interface Copied {
  readonly rows: RowCounts;
  readonly bytes: number;
}

export interface Restored extends Copied {
  /** Where the database is now that was there before. */
  readonly replaced: string | null;
}

/** 1 MiB a step: between two of them this process can do other things; others never wait for it. */
const pagesAtOnce = 256;

/** @throws {OperatorError} where there is nothing to copy, something of that name, or the copy is not good */
export async function backUpSqlite(
  path: string,
  file: string,
  stopping?: AbortSignal,
): Promise<Copied> {
  if (!existsSync(path)) throw new OperatorError(`There is no database at ${path}.`);
  if (existsSync(file)) throw new OperatorError(`${file} is there already, and stays as it is.`);
  let rows: RowCounts = {};
  const isMade = await createFile(file, async (draft) => {
    try {
      const expected = await copy(path, draft, stopping);
      rows = checkCopy(draft);
      if (JSON.stringify(rows) !== JSON.stringify(expected)) {
        throw new OperatorError(`The copy does not hold what ${path} held.`);
      }
    } finally {
      removeSidecars(draft);
    }
  });
  if (!isMade) throw new OperatorError(`${file} has come into being meanwhile.`);
  return { rows, bytes: statSync(file).size };
}

/** The transaction holds one state of the database still for as long as the copying takes. */
async function copy(
  path: string,
  draft: string,
  stopping: AbortSignal | undefined,
): Promise<RowCounts> {
  const source = new Database(path, { fileMustExist: true });
  try {
    source.exec('BEGIN');
    const rows = countRows(source);
    const progress = () => {
      if (stopping?.aborted) throw new OperatorError('Stopped. There is no backup.');
      return pagesAtOnce;
    };
    await source.backup(draft, { progress });
    return rows;
  } finally {
    source.close();
  }
}

/**
 * Puts a copy of `file` in the place of the database.
 *
 * @throws {OperatorError} where the file is not good, the database is there (unless `replace`) or in use
 */
export function restoreSqlite(
  file: string,
  path: string,
  { replace = false }: { replace?: boolean } = {},
): Restored {
  if (!existsSync(file)) throw new OperatorError(`There is no file ${file}.`);
  if (existsSync(`${file}-wal`)) {
    throw new OperatorError(`${file} is a database in use or a part of one (see ${file}-wal).`);
  }
  if (existsSync(path) && !replace) {
    throw new OperatorError(`There is a database at ${path}. To replace it, say --replace.`);
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = draftOf(path);
  try {
    copyFileSync(file, draft, constants.COPYFILE_EXCL);
    chmodSync(draft, 0o600);
    const rows = checkCopy(draft, file);
    giveToOwner(draft);
    toDisk(draft);
    const replaced = exclusively(path, () => putInPlace(draft, path));
    return { rows, bytes: statSync(path).size, replaced };
  } finally {
    rmSync(draft, { force: true });
    removeSidecars(draft);
  }
}

/** There is a database at `path` at every moment: nobody who starts meanwhile begins an empty one. */
function putInPlace(draft: string, path: string): string | null {
  if (existsSync(path)) refuseInUse(path);
  else if (existsSync(`${path}-shm`)) {
    throw new OperatorError(
      `There is no database at ${path}, but what a server keeps beside it while it runs.\n` +
        `Stop the server first; where none runs, remove ${path}-wal and ${path}-shm.`,
    );
  }
  const aside = `${path}.replaced-${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}`;
  const replaced = existsSync(path) ? aside : null;
  if (replaced !== null && !nameToo(path, replaced)) {
    throw new OperatorError(`${replaced} is there already.`);
  }
  // A log that outlived its database would be taken for the new one's.
  for (const sidecar of sidecars) {
    if (existsSync(path + sidecar)) renameSync(path + sidecar, aside + sidecar);
  }
  renameSync(draft, path);
  toDisk(dirname(path));
  return replaced;
}

/**
 * Leaving WAL mode asks for the database alone, so it fails while a server holds it open; and it brings
 * the log home into the one file that is kept.
 */
function refuseInUse(path: string): void {
  const database = new Database(path, { fileMustExist: true, timeout: 0 });
  try {
    database.pragma('journal_mode = DELETE');
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
      throw new OperatorError(`A process has ${path} open. Stop the server first.`);
    }
    // What can't be read any more is what backups are for: it is set aside as it is.
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(code)) throw error;
  } finally {
    database.close();
  }
}
