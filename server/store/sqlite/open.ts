import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { RpError } from '../../errors.ts';
import type { Session } from '../../records/session.ts';
import type { Store } from '../store.ts';
import { ceremonyStatements } from './ceremonies.ts';
import { credentialStatements } from './credentials.ts';
import { asUnavailable, groupCommit } from './group-commit.ts';
import { oidcStatements } from './oidc.ts';
import { sessionStatements } from './sessions.ts';
import { isOurs, tableNames } from './tables.ts';
import { transferStatements } from './transfer.ts';
import { userStatements } from './users.ts';

export const migrationsFolder = fileURLToPath(
  new URL('../../../migrations/sqlite', import.meta.url),
);

/**
 * The embedded store: SQLite in WAL mode with `synchronous=FULL`, so that a commit is on the disk
 * before anyone is told of it. Applies the migrations; the folder of the database is made on demand.
 *
 * @param path a file path, or `:memory:`
 * @throws {Error} where the file is another program's database
 */
export function openSqliteStore(path: string): Store {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { database, db } = alone(path, () => {
    // Another process may just be closing it.
    const database = new Database(path, { timeout: 5_000 });
    refuseForeign(database, path);
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

  const { write, drain } = groupCommit(database);
  const isInPlace = watchPlace(path);
  // Only what was committed shows that the disk takes it, and only more than a ceremony writes (about a
  // dozen pages) that it takes one: in a log that is used again, a page fits when the disk is full.
  const probe = database.prepare<[]>(
    `INSERT INTO kept_keys (name, value) VALUES ('ping', randomblob(65536))
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  );
  const users = userStatements(db, database);
  const credentials = credentialStatements(db, database);
  const sessions = sessionStatements(db, database);
  const ceremonies = ceremonyStatements(db, database);
  const transfer = transferStatements(db);
  const oidc = oidcStatements(db, database);

  /** Whoever signs in takes the place of another account in this browser. */
  function noteEndOf(replaced: Pick<Session, 'userId'> | null, by: Pick<Session, 'userId'>): void {
    if (replaced !== null && replaced.userId !== by.userId) oidc.noteEnds(replaced.userId);
  }

  function endSessionsOf(userId: string): number {
    const ended = sessions.endAll(userId);
    oidc.endAll(userId);
    oidc.noteEnds(userId);
    return ended;
  }

  return {
    findUser: (id) => read(() => users.find(id)),
    findUserByName: (key) => read(() => users.findByName(key)),
    listUsers: (page) => read(() => users.list(page)),
    findCredential: (id) => read(() => credentials.find(id)),
    listCredentials: (userId) => read(() => credentials.list(userId)),
    findSession: (tokenHash, now) => read(() => sessions.find(tokenHash, now)),
    listSessions: (userId, now) => read(() => sessions.list(userId, now)),
    listAudit: (userId, limit) => read(() => ceremonies.listAudit(userId, limit)),

    completeSignUp: (input) =>
      write(() => {
        ceremonies.spend(input.nonce);
        users.insert(input.user, input.usernameKey);
        credentials.insert(input.credential);
        credentials.attest(input.credential, input.attestation);
        sessions.open(input.session, input.replaces);
        noteEndOf(input.replaces, input.session);
        ceremonies.note(input.audit);
      }),
    completeAddition: (input) =>
      write(() => {
        ceremonies.spend(input.nonce);
        users.refuseMissing(input.credential.userId);
        sessions.refuseMissing(input.credential.userId, input.sessionId);
        credentials.refuseOver(input.limit, input.credential.userId);
        credentials.insert(input.credential);
        credentials.attest(input.credential, input.attestation);
        if (input.supersedes !== null) {
          credentials.supersede(input.credential.userId, input.supersedes);
        }
        ceremonies.note(input.audit);
      }),
    completeSignIn: (input) =>
      write(() => {
        ceremonies.spend(input.nonce);
        credentials.use(input.use, input.session);
        credentials.clear(input.session.userId, input.clears);
        sessions.open(input.session, input.replaces);
        noteEndOf(input.replaces, input.session);
        ceremonies.note(input.audit);
        return credentials.listBriefly(input.session.userId);
      }),
    recordRefusal: (input) =>
      write(() => {
        ceremonies.spend(input.nonce);
        if (credentials.find(input.credentialId) === null) return;
        if (input.state !== null) credentials.mark(input.credentialId, input.state);
        ceremonies.note(input.audit);
      }),
    renameCredential: (input) =>
      write(() => {
        credentials.change(input.userId, input.id, { name: input.name });
        ceremonies.note(input.audit);
      }),
    deleteCredential: (input) =>
      write(() => {
        sessions.endOpenedBy(input.userId, input.id, input.keepSession);
        oidc.endOpenedBy(input.userId, input.id, input.keepSession);
        oidc.noteEnds(input.userId);
        sessions.forget(input.userId, input.id);
        credentials.remove(input.userId, input.id, input.keepOneOf);
        ceremonies.note(input.audit);
      }),
    setCredentialState: (input) =>
      write(() => {
        credentials.change(input.userId, input.id, { state: input.state });
        ceremonies.note(input.audit);
        if (input.state !== 'revoked') return 0;
        const ended = sessions.endOpenedBy(input.userId, input.id, null);
        oidc.endOpenedBy(input.userId, input.id, null);
        oidc.noteEnds(input.userId);
        return ended;
      }),
    postponeUpgrade: (input) =>
      write(() => {
        credentials.change(input.userId, input.id, { upgradeAfter: input.until });
        ceremonies.note(input.audit);
      }),
    updateAccount: (input) =>
      write(() => {
        const user = users.update(input.userId, input);
        ceremonies.note(input.audit);
        return user;
      }),
    disableUser: (userId, at, audit) =>
      write(() => {
        users.disable(userId, at);
        ceremonies.note(audit);
        return at === null ? 0 : endSessionsOf(userId);
      }),
    assignPolicy: (userId, policy, audit) =>
      write(() => {
        users.assignPolicy(userId, policy);
        ceremonies.note(audit);
      }),
    deleteAccount: (userId) =>
      write(() => {
        users.remove(userId);
        oidc.noteEnds(userId);
      }),
    endSession: (input) =>
      write(() => {
        const lineage = sessions.end(input.userId, input.id);
        if (input.appsToo) oidc.endLineage(input.userId, lineage);
        oidc.noteEnds(input.userId);
        ceremonies.note(input.audit);
      }),

    endSessions: (userId, audit) =>
      write(() => {
        if (users.find(userId) === null) throw new RpError('not_found');
        ceremonies.note(audit);
        return endSessionsOf(userId);
      }),

    importAccounts: (accounts, { dryRun = false } = {}) =>
      (dryRun ? read : write)(() => transfer.importAll(accounts, dryRun)),
    exportAccounts: (after, limit) => read(() => transfer.exportPage(after, limit)),
    sampleCredentials: (from, limit) => read(() => transfer.sampleCredentials(from, limit)),
    countCredentials: () => read(() => transfer.countCredentials()),

    findOidcRecord: (key, now) => read(() => oidc.find(key, now)),
    insertOnce: (record, now) => write(() => oidc.insertOnce(record, now)),
    commitOidc: (changes) =>
      write(() => {
        if (changes.consume !== null && !oidc.consumeOnce(changes.consume)) return false;
        for (const record of changes.save) oidc.save(record);
        for (const key of changes.remove) oidc.remove(key);
        for (const { key, until } of changes.prolong) oidc.prolong(key, until);
        for (const login of changes.logins) oidc.login(login);
        if (changes.signOut !== null) oidc.signOut(changes.signOut.userId, changes.signOut.lineage);
        ceremonies.note(changes.audit);
        return true;
      }),
    findLineage: (userId, lineage, now) => read(() => sessions.findLineage(userId, lineage, now)),
    takeEndedLogins: (now, until) => write(() => oidc.takeEnded(now, until)),
    forgetLogin: (login) => write(() => oidc.forget(login)),

    keepKey: (name, candidate) => write(() => ceremonies.keepKey(name, candidate)),
    purge: (now, auditBefore) =>
      write(
        () =>
          ceremonies.purgeNonces(now) +
          sessions.purge(now) +
          oidc.purge(now) +
          ceremonies.purgeAudit(auditBefore),
      ),
    ping: async () => {
      if (!isInPlace()) throw new RpError('unavailable', { detail: `${path} was taken away` });
      await write(() => void probe.run());
    },
    close: async () => {
      drain();
      database.close();
    },
  };
}

/**
 * Does it while no other process does the same: several may start on one file at once, and none starts
 * while the file is replaced.
 */
export function alone<Result>(path: string, work: () => Result): Result {
  if (path === ':memory:') return work();
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
  throw new Error(`${path} is the database of another program`);
}

/** Reads need no transaction: one statement sees one state, and writes never span a turn. */
async function read<Result>(query: () => Result): Promise<Result> {
  try {
    return query();
  } catch (error) {
    throw asUnavailable(error);
  }
}
