import { asc, count, countDistinct, getTableColumns, gt, gte, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { ClientBase } from 'pg';
import type { ImportedAccount, ImportOutcome } from '../../records/imported-account.ts';
import { carriedLink } from '../apple-rows.ts';
import { auditRowOf } from '../audit-row.ts';
import { appleLinkFields, columnsOf } from '../columns.ts';
import { type Known, namesakes, planImport, type Unused } from '../import-plan.ts';
import { isUnused } from '../is-unused.ts';
import { type ExportedAccount, withTheirs } from '../transfer.ts';
import { credentialOf, rowOf } from '../user-handle.ts';
import { compile } from './compile.ts';
import { appleLinks, auditEntries, credentials, users } from './schema.ts';
import { settleAll } from './settle-all.ts';
import { userColumns } from './users.ts';

const $ = (name: string) => sql.placeholder(name);

/** Held until the transaction ends, in one order: who adds or deletes a credential of theirs waits. */
const hold = compile(
  'hold_users',
  sql`SELECT id FROM users WHERE id = ANY(${$('ids')}::text[]) ORDER BY id FOR NO KEY UPDATE`,
);
const findUnused = compile(
  'find_unused',
  sql`SELECT id, user_id AS "userId" FROM credentials
    WHERE user_id = ANY(${$('ids')}::text[]) AND ${isUnused(credentials.userId)}`,
);
const remove = compile('remove_users', sql`DELETE FROM users WHERE id = ANY(${$('ids')}::text[])`);
const names = compile(
  'find_names',
  sql`SELECT username_key AS "usernameKey", id FROM users
    WHERE username_key = ANY(${$('keys')}::text[])`,
);
const owners = compile(
  'find_owners',
  sql`SELECT id, user_id AS "userId" FROM credentials WHERE id = ANY(${$('ids')}::text[])`,
);
const linked = compile(
  'find_apple_owners',
  sql`SELECT team, sub, user_id AS "userId" FROM apple_links
    WHERE (team, sub) IN (SELECT * FROM unnest(${$('teams')}::text[], ${$('subs')}::text[]))`,
);
const deleted = compile(
  'find_deleted',
  sql`SELECT user_id AS "userId", credential_id AS "credentialId" FROM audit_entries
    WHERE user_id = ANY(${$('ids')}::text[]) AND kind = 'passkey-deleted'`,
);
const insertUsers = insertAll('insert_users', users);
const insertCredentials = insertAll('insert_credentials', credentials, 'user_id');
const insertLinks = insertAll('insert_apple_links', appleLinks, 'user_id');
const insertAudit = insertAll('insert_audit_entries', auditEntries, 'user_id');

/** Statements on many accounts at once: import, export, samples, counts. */
export function transferStatements(
  client: ClientBase,
  db: NodePgDatabase,
  newAuditId: (at: number) => string,
) {
  const page = db
    .select(userColumns)
    .from(users)
    .where(gt(users.id, $('after')))
    .orderBy(asc(users.id))
    .limit($('limit'))
    .prepare('export_users');
  const held = db
    .select()
    .from(credentials)
    .where(sql`${credentials.userId} = ANY(${$('ids')}::text[])`)
    .orderBy(asc(credentials.userId), asc(credentials.createdAt), asc(credentials.id))
    .prepare('export_credentials');
  const links = db
    .select(columnsOf(appleLinks, appleLinkFields))
    .from(appleLinks)
    .where(sql`${appleLinks.userId} = ANY(${$('ids')}::text[])`)
    .orderBy(asc(appleLinks.userId), asc(appleLinks.team))
    .prepare('export_apple_links');
  const sample = db
    .select({ id: credentials.id, userId: credentials.userId })
    .from(credentials)
    .where(gte(credentials.id, $('from')))
    .orderBy(asc(credentials.id))
    .limit($('limit'))
    .prepare('sample_credentials');

  async function look(accounts: readonly ImportedAccount[]): Promise<Known> {
    const ids = accounts.map(({ user }) => user.id);
    const credentialIds = accounts.flatMap((account) => account.credentials.map(({ id }) => id));
    const keys = accounts.map(({ usernameKey }) => usernameKey);
    const persons = accounts.flatMap(({ apple = [] }) => apple);
    const teams = persons.map(({ team }) => team);
    const subs = persons.map(({ sub }) => sub);
    const [there, named, owned, gone, taken] = await settleAll([
      client.query<{ id: string }>(hold({ ids })),
      client.query<Known['names'][number]>(names({ keys })),
      client.query<Known['credentials'][number]>(owners({ ids: credentialIds })),
      client.query<Known['deleted'][number]>(deleted({ ids })),
      persons.length === 0
        ? undefined
        : client.query<Known['linked'][number]>(linked({ teams, subs })),
    ]);
    const handles = there.rows.map(({ id }) => id);
    // Each statement sees what was committed before it began: a name may have come after its account was
    // looked for, and would be taken for another's.
    const [wanted, seen] = [new Set(ids), new Set(handles)];
    if (named.rows.some(({ id }) => wanted.has(id) && !seen.has(id))) throw overtaken();
    return {
      handles,
      names: named.rows,
      credentials: owned.rows,
      linked: taken?.rows ?? [],
      deleted: gone.rows,
    };
  }

  /** They are held first, so that nobody signs in to one of them between the look and its end. */
  async function lookAtNamesakes(ids: readonly string[]): Promise<Unused> {
    if (ids.length === 0) return { credentials: [] };
    const [, { rows }] = await settleAll([
      client.query(hold({ ids })),
      client.query<Unused['credentials'][number]>(findUnused({ ids })),
    ]);
    return { credentials: rows };
  }

  return {
    /**
     * Runs inside a transaction of the caller's, mostly in two round trips. A sign-up or another import that took
     * a name or a credential meanwhile makes it fail, and another attempt sees what it took.
     */
    async importAll(
      accounts: readonly ImportedAccount[],
      dryRun: boolean,
    ): Promise<ImportOutcome[]> {
      const known = await look(accounts);
      const plan = planImport(accounts, known, await lookAtNamesakes(namesakes(accounts, known)));
      if (dryRun) return [...plan.outcomes];
      if (plan.replaced.length > 0) await client.query(remove({ ids: plan.replaced }));
      const audit = plan.audit.map((entry) => ({
        ...auditRowOf(entry),
        id: newAuditId(entry.at),
      }));
      const stored = await settleAll([
        client.query(insertUsers(plan.users)),
        client.query(insertCredentials(plan.credentials.map(rowOf))),
        client.query(insertAudit(audit)),
        plan.links.length === 0
          ? undefined
          : client.query(insertLinks(plan.links.map(carriedLink))),
      ]);
      const planned =
        plan.users.length + plan.credentials.length + audit.length + plan.links.length;
      if (stored.reduce((sum, each) => sum + (each?.rowCount ?? 0), 0) !== planned) {
        throw overtaken();
      }
      return [...plan.outcomes];
    },

    async exportPage(after: string, limit: number): Promise<ExportedAccount[]> {
      const found = await page.execute({ after, limit });
      const ids = found.map(({ id }) => id);
      const [theirs, linked] = await settleAll([held.execute({ ids }), links.execute({ ids })]);
      return withTheirs(found, theirs.map(credentialOf), linked);
    },

    sampleCredentials: (from: string, limit: number) => sample.execute({ from, limit }),

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
        .orderBy(asc(credentials.rpId), asc(credentials.state)),
  };
}

function overtaken(): Error {
  return new Error('another transaction took a name or a credential meanwhile');
}

/**
 * Inserts any number of rows with one array a column, in the order of their keys, so that two imports
 * that meet wait for each other instead of both. Leaves out what is there, and what has no owner.
 */
function insertAll(name: string, table: PgTable, owner?: string) {
  const columns = Object.entries(getTableColumns(table));
  const listed = sql.join(
    columns.map(([, column]) => sql.identifier(column.name)),
    sql`, `,
  );
  const arrays = sql.join(
    columns.map(([key, column]) => sql`${$(key)}::${sql.raw(column.getSQLType())}[]`),
    sql`, `,
  );
  const guard = owner
    ? sql`EXISTS (SELECT 1 FROM users WHERE users.id = given.${sql.identifier(owner)})`
    : sql`true`;
  const statement = compile(
    name,
    sql`INSERT INTO ${table} (${listed})
      SELECT given.* FROM unnest(${arrays}) AS given (${listed})
      WHERE ${guard}
      ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
  );
  return (rows: readonly object[]) =>
    statement(
      Object.fromEntries(
        columns.map(([key, column]) => [
          key,
          rows.map((row) => {
            const value = (row as Record<string, unknown>)[key];
            return value === null || value === undefined ? null : column.mapToDriverValue(value);
          }),
        ]),
      ),
    );
}
