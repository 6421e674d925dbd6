import { and, asc, count, countDistinct, eq, gt, gte, type SQLWrapper, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { ImportedAccount, ImportOutcome } from '../../records/imported-account.ts';
import { carriedLink } from '../apple-rows.ts';
import { auditRowOf } from '../audit-row.ts';
import { appleLinkFields, columnsOf } from '../columns.ts';
import { type ImportPlan, type Known, namesakes, planImport, type Unused } from '../import-plan.ts';
import { isUnused } from '../is-unused.ts';
import { everyColumn } from '../placeholders.ts';
import { type ExportedAccount, withTheirs } from '../transfer.ts';
import { credentialOf, rowOf } from '../user-handle.ts';
import { appleLinks, auditEntries, credentials, users } from './schema.ts';
import { userColumns } from './users.ts';

/** Statements on many accounts at once: import, export, samples, counts. */
export function transferStatements(db: BetterSQLite3Database) {
  const handles = db.select({ id: users.id }).from(users).where(among(users.id)).prepare();
  const names = db
    .select({ usernameKey: users.usernameKey, id: users.id })
    .from(users)
    .where(among(users.usernameKey))
    .prepare();
  const owners = db
    .select({ id: credentials.id, userId: credentials.userId })
    .from(credentials)
    .where(among(credentials.id))
    .prepare();
  const deleted = db
    .select({ credentialId: auditEntries.credentialId, userId: auditEntries.userId })
    .from(auditEntries)
    .where(and(among(auditEntries.userId), eq(auditEntries.kind, 'passkey-deleted')))
    .prepare();
  const unused = db
    .select({ id: credentials.id, userId: credentials.userId })
    .from(credentials)
    .where(and(among(credentials.userId), isUnused(credentials.userId)))
    .prepare();
  const remove = db.delete(users).where(among(users.id)).prepare();
  const forget = db.delete(auditEntries).where(among(auditEntries.userId)).prepare();
  const insertUser = db.insert(users).values(everyColumn(users)).prepare();
  const insertCredential = db.insert(credentials).values(everyColumn(credentials)).prepare();
  const { id: _made, position: _later, ...noted } = everyColumn(auditEntries);
  const insertAudit = db.insert(auditEntries).values(noted).prepare();
  const linked = db
    .select({ team: appleLinks.team, sub: appleLinks.sub, userId: appleLinks.userId })
    .from(appleLinks)
    .where(
      sql`(${appleLinks.team}, ${appleLinks.sub}) IN (
        SELECT value ->> 0, value ->> 1 FROM json_each(${sql.placeholder('list')})
      )`,
    )
    .prepare();
  const insertLink = db.insert(appleLinks).values(everyColumn(appleLinks)).prepare();
  const links = db
    .select(columnsOf(appleLinks, appleLinkFields))
    .from(appleLinks)
    .where(among(appleLinks.userId))
    .orderBy(asc(appleLinks.userId), asc(appleLinks.team))
    .prepare();
  const page = db
    .select(userColumns)
    .from(users)
    .where(gt(users.id, sql.placeholder('after')))
    .orderBy(asc(users.id))
    .limit(sql.placeholder('limit'))
    .prepare();
  const held = db
    .select()
    .from(credentials)
    .where(among(credentials.userId))
    .orderBy(asc(credentials.userId), asc(credentials.createdAt), asc(credentials.id))
    .prepare();

  const sample = db
    .select({ id: credentials.id, userId: credentials.userId })
    .from(credentials)
    .where(gte(credentials.id, sql.placeholder('from')))
    .orderBy(asc(credentials.id))
    .limit(sql.placeholder('limit'))
    .prepare();

  function look(accounts: readonly ImportedAccount[]): Known {
    const there = handles.all({ list: json(accounts.map(({ user }) => user.id)) });
    const ids = accounts.flatMap((account) => account.credentials.map(({ id }) => id));
    const persons = accounts.flatMap(({ apple = [] }) => apple.map(({ team, sub }) => [team, sub]));
    return {
      handles: there.map(({ id }) => id),
      names: names.all({ list: json(accounts.map(({ usernameKey }) => usernameKey)) }),
      credentials: owners.all({ list: json(ids) }),
      linked: persons.length === 0 ? [] : linked.all({ list: JSON.stringify(persons) }),
      deleted: deleted.all({ list: json(there.map(({ id }) => id)) }),
    };
  }

  function lookAtNamesakes(ids: readonly string[]): Unused {
    return { credentials: ids.length === 0 ? [] : unused.all({ list: json(ids) }) };
  }

  function carryOut(plan: ImportPlan): void {
    if (plan.replaced.length > 0) {
      const list = json(plan.replaced);
      remove.run({ list });
      forget.run({ list });
    }
    for (const user of plan.users) insertUser.run({ ...user });
    for (const credential of plan.credentials) {
      const publicKey = Buffer.from(credential.publicKey);
      insertCredential.run({
        ...rowOf(credential),
        publicKey,
        transports: [...credential.transports],
      });
    }
    for (const link of plan.links) insertLink.run(carriedLink(link));
    for (const entry of plan.audit) insertAudit.run(auditRowOf(entry));
  }

  return {
    /** Runs inside a transaction of the caller's, in which nobody else writes: what it saw stays so. */
    importAll(accounts: readonly ImportedAccount[], dryRun: boolean): ImportOutcome[] {
      const known = look(accounts);
      const plan = planImport(accounts, known, lookAtNamesakes(namesakes(accounts, known)));
      if (!dryRun) carryOut(plan);
      return [...plan.outcomes];
    },

    exportPage(after: string, limit: number): ExportedAccount[] {
      const found = page.all({ after, limit });
      const list = json(found.map(({ id }) => id));
      return withTheirs(found, held.all({ list }).map(credentialOf), links.all({ list }));
    },

    sampleCredentials: (from: string, limit: number) => sample.all({ from, limit }),

    countCredentials: () =>
      db
        .select({
          rpId: credentials.rpId,
          state: credentials.state,
          credentials: count(),
          accounts: countDistinct(credentials.userId),
        })
        .from(credentials)
        .groupBy(credentials.rpId, credentials.state)
        .orderBy(asc(credentials.rpId), asc(credentials.state))
        .all(),
  };
}

/** One parameter for any number of values, so that the statement stays the same. */
const among = (column: SQLWrapper) =>
  sql`${column} IN (SELECT value FROM json_each(${sql.placeholder('list')}))`;
const json = (values: readonly string[]): string => JSON.stringify(values);
