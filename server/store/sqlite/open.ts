import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { OperatorError, RpError } from '../../errors.ts';
import { createPrivate, takeFromOthers } from '../../files.ts';
import type { StoreOptions } from '../outbox.ts';
import type { Store } from '../store.ts';
import { sidecars } from './files.ts';
import { asUnavailable, groupCommit } from './group-commit.ts';
import { accountOperations } from './operations/accounts.ts';
import { appleOperations } from './operations/apple.ts';
import { ceremonyOperations } from './operations/ceremonies.ts';
import { credentialOperations } from './operations/credentials.ts';
import { invitationOperations } from './operations/invitations.ts';
import { mailOperations } from './operations/mail.ts';
import { oidcOperations } from './operations/oidc.ts';
import { operatorOperations, underKey } from './operations/operators.ts';
import { outboxOperations } from './operations/outbox.ts';
import { recoveryOperations } from './operations/recovery.ts';
import { sessionOperations } from './operations/sessions.ts';
import { upkeepOperations } from './operations/upkeep.ts';
import { vaultOperations } from './operations/vaults.ts';
import { type Access, statementsOn } from './statements.ts';
import { isOurs, tableNames } from './tables.ts';

export const migrationsFolder = fileURLToPath(
  new URL('../../../migrations/sqlite', import.meta.url),
);

/**
 * The embedded store: SQLite in WAL mode with `synchronous=FULL`, so that a commit is on the disk
 * before anyone is told of it. Applies the migrations; the folder of the database is made on demand.
 *
 * @param path a file path, or `:memory:`
 * @throws {Error} if the file is another program's database
 */
export function openSqliteStore(path: string, { onMessages }: StoreOptions = {}): Store {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { database, db } = exclusively(path, () => {
    if (path !== ':memory:') createPrivate(path);
    // Another process may just be closing it.
    const database = new Database(path, { timeout: 5_000 });
    refuseForeign(database, path);
    // What SQLite makes beside it later gets its mode.
    for (const name of ['', ...sidecars]) takeFromOthers(path + name);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    // Kibibytes: every sign-in touches pages of its own.
    database.pragma('cache_size = -32768');
    database.pragma('foreign_keys = ON');
    database.pragma('trusted_schema = OFF');
    const db = drizzle({ client: database });
    migrate(db, { migrationsFolder });
    // From here on the group commit waits, without stopping the event loop.
    database.pragma('busy_timeout = 0');
    return { database, db };
  });

  const group = groupCommit(database);
  const isInPlace = watchPlace(path);
  // Only what was committed shows that the disk takes it, and only more than a ceremony writes (about a
  // dozen pages) that it takes one: in a log that is used again, a page fits when the disk is full.
  const probe = database.prepare<[]>(
    `INSERT INTO kept_keys (name, value) VALUES ('ping', randomblob(65536))
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  );
  const statements = statementsOn(db, database);
  const access: Access = {
    // Reads need no transaction: one statement sees one state, and writes never span a turn.
    read: async (query) => {
      try {
        return query(statements);
      } catch (error) {
        throw asUnavailable(error);
      }
    },
    write: async (work) => {
      const result = await group.write(() => work(statements));
      if (statements.outbox.takeNews()) onMessages?.();
      return result;
    },
  };
  const store: Store = {
    ...operationsOn(access),
    ...upkeepOperations(access),
    ping: async () => {
      if (!isInPlace()) throw new RpError('unavailable', { detail: `${path} was taken away` });
      await group.write(() => void probe.run());
    },
    close: async () => {
      group.drain();
      database.close();
    },
    // The inner store is the same, but for its writes.
    underOperatorKey: (key, work) => work({ ...store, ...operationsOn(underKey(access, key)) }),
  };
  return store;
}

function operationsOn(access: Access) {
  const { read, write } = access;
  return {
    ...accountOperations(access),
    ...credentialOperations(access),
    ...sessionOperations(access),
    ...ceremonyOperations(access),
    ...oidcOperations(access),
    ...vaultOperations(access),
    noteAudit: (entries) => write((on) => on.audit.note(entries)),
    ...recoveryOperations(access),
    ...outboxOperations(access),
    ...appleOperations(access),
    ...mailOperations(access),
    ...invitationOperations(access),
    ...operatorOperations(access),
    listAudit: (userId, page) => read((on) => on.audit.list(userId, page)),
    importAccounts: (accounts, { dryRun = false } = {}) =>
      (dryRun ? read : write)((on) => on.transfer.importAll(accounts, dryRun)),
    exportAccounts: (after, limit) => read((on) => on.transfer.exportPage(after, limit)),
  } satisfies Partial<Store>;
}

/**
 * Runs `work` while no other process runs this on the same file: several may start at once, and none may
 * start while the file is replaced.
 */
export function exclusively<Result>(path: string, work: () => Result): Result {
  if (path === ':memory:') return work();
  createPrivate(`${path}-start`);
  takeFromOthers(`${path}-start`);
  const lock = new Database(`${path}-start`, { timeout: 30_000 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return work();
  } finally {
    lock.close();
  }
}

/** Whether the file that was opened is still the one of that name: what is written to another is lost. */
function watchPlace(path: string): () => boolean {
  const inode = () => statSync(path, { throwIfNoEntry: false })?.ino;
  if (path === ':memory:') return () => true;
  const opened = inode();
  return () => inode() === opened;
}

/** Nothing is done to what another program keeps. */
function refuseForeign(database: Database.Database, path: string): void {
  if (tableNames(database).length === 0 || isOurs(database)) return;
  database.close();
  throw new OperatorError(`${path} is the database of another program`);
}
