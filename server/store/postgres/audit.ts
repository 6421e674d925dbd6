import { and, desc, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { ClientBase } from 'pg';
import type { AuditEntry, RecordedEntry } from '../../records/audit.ts';
import type { AuditPage } from '../audit.ts';
import { auditRowOf, recordedEntry } from '../audit-row.ts';
import { auditFields, columnsOf } from '../columns.ts';
import { busiest, busyFrom, day, keptOfDay, lookedAt } from '../history-limits.ts';
import { noticesOf } from '../notices.ts';
import { pageOf } from '../pages.ts';
import { everyColumn } from '../placeholders.ts';
import { noSuchPage } from '../refusals.ts';
import { compile } from './compile.ts';
import type { outboxStatements } from './outbox.ts';
import { auditEntries } from './schema.ts';
import { settleAll } from './settle-all.ts';

const $ = (name: string) => sql.placeholder(name);
const number = (value: number) => sql.raw(String(value));

/** So many rows at a time: none of these statements may run into its timeout. */
const batch = 10_000;

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
/** Comes after every entry. */
const end = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const busyAccounts = compile(
  'busy_accounts',
  sql`SELECT user_id AS "userId" FROM (
      SELECT user_id FROM audit_entries WHERE at > ${$('since')}
      ORDER BY at DESC LIMIT ${number(10 * lookedAt)}
    ) AS recent
    GROUP BY user_id HAVING count(*) >= ${number(busyFrom)}
    ORDER BY count(*) DESC LIMIT ${number(busiest)}`,
);
const ofDay = sql`PARTITION BY kind, at / ${number(day)} ORDER BY id`;
const thin = compile(
  'thin_audit',
  sql`DELETE FROM audit_entries WHERE user_id = ${$('userId')} AND id IN (
    SELECT id FROM (
      SELECT id, row_number() OVER (${ofDay}) AS first, row_number() OVER (${ofDay} DESC) AS last
      FROM (
        SELECT id, kind, at FROM audit_entries WHERE user_id = ${$('userId')}
        ORDER BY id DESC LIMIT ${number(lookedAt)}
      ) AS latest
    ) AS numbered
    WHERE first > ${number(keptOfDay)} AND last > ${number(keptOfDay)}
  )`,
);
const eraseSome = compile(
  'erase_audit',
  sql`DELETE FROM audit_entries WHERE user_id = ${$('userId')} AND id IN (
    SELECT id FROM audit_entries WHERE user_id = ${$('userId')} LIMIT ${number(batch)}
  )`,
);

/** Statements on audit entries; those that write run inside a transaction of the caller's. */
export function auditStatements(
  client: ClientBase,
  db: NodePgDatabase,
  newAuditId: (at: number) => string,
  outbox: ReturnType<typeof outboxStatements>,
) {
  const { position: _later, ...given } = everyColumn(auditEntries);
  const insert = db.insert(auditEntries).values(given).prepare('insert_audit');
  const pageWith = (name: string, security: boolean) =>
    db
      .select({ id: auditEntries.id, entry: columnsOf(auditEntries, auditFields) })
      .from(auditEntries)
      .where(
        and(
          eq(auditEntries.userId, $('userId')),
          sql`${auditEntries.id} < ${$('before')}`,
          security ? sql`${auditEntries.security}` : undefined,
        ),
      )
      .orderBy(desc(auditEntries.id))
      .limit($('limit'))
      .prepare(name);
  const everything = pageWith('list_audit', false);
  const security = pageWith('list_security_audit', true);

  return {
    async note(entries: readonly AuditEntry[], notices = noticesOf(entries)): Promise<void> {
      await settleAll([
        ...entries.map((entry) =>
          insert.execute({ ...auditRowOf(entry), id: newAuditId(entry.at) }),
        ),
        outbox.notify(notices),
      ]);
    },

    async list(userId: string, { limit, before = end, only }: AuditPage) {
      if (!uuid.test(before)) throw noSuchPage();
      const statement = only === 'security' ? security : everything;
      const rows = await statement.execute({ userId, before, limit: limit + 1 });
      const { shown, next } = pageOf(rows, limit, ({ id }) => id);
      const entries: RecordedEntry[] = shown.map(({ entry }) => recordedEntry(entry));
      return { entries, next };
    },

    /** The accounts that made most of the entries since then. */
    async busyAccounts(since: number): Promise<string[]> {
      const { rows } = await client.query<{ userId: string }>(busyAccounts({ since }));
      return rows.map(({ userId }) => userId);
    },

    /** Thins the latest entries out, so that some of every kind and day stay; resolves to how many went. */
    thin: async (userId: string): Promise<number> =>
      (await client.query(thin({ userId }))).rowCount ?? 0,

    /** Before the account goes: what goes with it must not take longer than a statement may. */
    async eraseAll(userId: string): Promise<void> {
      for (let removed = batch; removed === batch; ) {
        removed = (await client.query(eraseSome({ userId }))).rowCount ?? 0;
      }
    },
  };
}
