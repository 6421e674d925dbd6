import type { Database } from 'better-sqlite3';
import { and, asc, eq, isNull, lte, ne, or, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { EndedLogin, OidcChanges, OidcLogin, OidcRecord } from '../../records/oidc.ts';
import { graceAround, loginRetry, loginsAtOnce } from '../oidc.ts';
import { everyColumn } from '../placeholders.ts';
import { accountIsGone, sessionIsGone } from '../refusals.ts';
import { compile, compileSelect } from './compile.ts';
import { violatesReference } from './group-commit.ts';
import { oidcLogins, oidcRecords, sessions } from './schema.ts';
import { opaque } from './users.ts';

const $ = (name: string) => sql.placeholder(name);

const recordColumns = {
  key: oidcRecords.key,
  model: oidcRecords.model,
  payload: oidcRecords.payload,
  expiresAt: oidcRecords.expiresAt,
  consumedAt: oidcRecords.consumedAt,
  userId: oidcRecords.userId,
  lineage: oidcRecords.lineage,
  outlivesSession: oidcRecords.outlivesSession,
  credentialId: oidcRecords.credentialId,
};

const loginColumns = {
  userId: oidcLogins.userId,
  lineage: oidcLogins.lineage,
  clientId: oidcLogins.clientId,
  expiresAt: oidcLogins.expiresAt,
  attempts: oidcLogins.attempts,
};

const waits = sql`min(${loginRetry.mostMs},
  ${loginRetry.firstMs} << min(${oidcLogins.attempts}, ${loginRetry.doublings}))`;

/** The sessions of one sign-in. With a plain column SQLite would not use their index: hence the `+`. */
const ofLineage = (userId: SQL, lineage: SQL) =>
  sql`${sessions.userId} = ${userId} AND coalesce(${sessions.succeeds}, ${sessions.id}) = +${lineage}`;

/** A step-up makes a sign-in last longer than a login remembers. */
export const isEnded = sql`NOT EXISTS (
  SELECT 1 FROM ${sessions}
  WHERE ${ofLineage(sql`${oidcLogins.userId}`, sql`${oidcLogins.lineage}`)}
)`;

/** What the OpenID provider keeps; what writes runs inside a transaction of the caller's. */
export function oidcStatements(db: BetterSQLite3Database, database: Database) {
  const alive = sql`EXISTS (
    SELECT 1 FROM ${sessions}
    WHERE ${ofLineage(sql`${oidcRecords.userId}`, sql`${oidcRecords.lineage}`)}
      AND ${sessions.expiresAt} > ${$('now')}
  )`;
  const byKey = compileSelect<OidcRecord>(
    database,
    db
      .select(recordColumns)
      .from(oidcRecords)
      .where(
        and(
          eq(oidcRecords.key, opaque('key')),
          or(isNull(oidcRecords.lineage), oidcRecords.outlivesSession, alive),
        ),
      ),
    recordColumns,
  );
  const inLineage = compileSelect<{ id: string }>(
    database,
    db
      .select({ id: sessions.id })
      .from(sessions)
      .where(ofLineage(sql`${$('userId')}`, sql`${$('lineage')}`)),
    { id: sessions.id },
  );
  const replacement = Object.fromEntries(
    Object.entries(recordColumns).map(([name, column]) => [
      name,
      sql`excluded.${sql.identifier(column.name)}`,
    ]),
  );
  const insertOr = (when?: SQL) =>
    compile(
      database,
      db
        .insert(oidcRecords)
        .values(everyColumn(oidcRecords))
        .onConflictDoUpdate({
          target: oidcRecords.key,
          set: replacement,
          ...(when && { setWhere: when }),
        }),
    );
  const save = insertOr();
  const insertOnce = insertOr(sql`${oidcRecords.expiresAt} <= excluded.consumed_at`);
  const consumeOnce = compile(
    database,
    db
      .update(oidcRecords)
      .set({ consumedAt: sql`coalesce(${oidcRecords.consumedAt}, ${$('at')})` })
      .where(
        and(
          eq(oidcRecords.key, $('key')),
          or(
            isNull(oidcRecords.consumedAt),
            sql`${oidcRecords.consumedAt} BETWEEN ${$('earliest')} AND ${$('latest')}`,
          ),
        ),
      ),
  );
  const remove = compile(database, db.delete(oidcRecords).where(eq(oidcRecords.key, $('key'))));
  const prolong = compile(
    database,
    db
      .update(oidcRecords)
      .set({ expiresAt: sql`max(${oidcRecords.expiresAt}, ${$('until')})` })
      .where(eq(oidcRecords.key, $('key'))),
  );
  const login = compile(
    database,
    db
      .insert(oidcLogins)
      .values({ ...everyColumn(oidcLogins), dueAt: null, attempts: 0 })
      .onConflictDoNothing(),
  );
  const notConsents = ne(oidcRecords.model, 'Consent');
  const grantsOf = (userId: string, condition: SQL | undefined) =>
    db
      .delete(oidcRecords)
      .where(and(eq(oidcRecords.userId, userId), condition, notConsents))
      .run();

  const statements = {
    find: (key: string, now: number): OidcRecord | null => byKey({ key, now })[0] ?? null,

    /** `consumedAt` of such a record is the time at which it came. */
    insertOnce: (record: OidcRecord, now: number): boolean =>
      insertOnce({
        ...record,
        outlivesSession: Number(record.outlivesSession),
        consumedAt: now,
      }) === 1,

    consumeOnce: ({ key, at, graceMs }: NonNullable<OidcChanges['consume']>): boolean =>
      consumeOnce({ key, at, ...graceAround(at, graceMs) }) === 1,

    save(record: OidcRecord): void {
      try {
        save({ ...record, outlivesSession: Number(record.outlivesSession) });
      } catch (error) {
        throw violatesReference(error) ? accountIsGone() : error;
      }
    },
    refuseEnded(userId: string, lineage: string): void {
      if (inLineage({ userId, lineage }).length === 0) throw sessionIsGone();
    },
    remove: (key: string): number => remove({ key }),
    prolong: (key: string, until: number): number => prolong({ key, until }),
    login: (input: OidcLogin): number => login({ ...input }),

    signOut(userId: string, lineage: string): void {
      db.delete(sessions)
        .where(ofLineage(sql`${userId}`, sql`${lineage}`))
        .run();
      statements.noteEnds(userId);
    },

    /** Whoever of the account is signed in no longer: their apps are to hear of it at once. */
    noteEnds(userId: string): void {
      db.update(oidcLogins)
        .set({ dueAt: 0 })
        .where(and(eq(oidcLogins.userId, userId), isNull(oidcLogins.dueAt), isEnded))
        .run();
    },

    endAll: (userId: string) => grantsOf(userId, undefined),
    endOtherLineages: (userId: string, lineage: string): number =>
      grantsOf(userId, sql`${oidcRecords.lineage} IS NOT ${lineage}`).changes,
    endLineage: (userId: string, lineage: string) =>
      grantsOf(userId, eq(oidcRecords.lineage, lineage)),
    /** `keepSession` stays signed in, and its apps too. */
    endOpenedBy: (userId: string, credentialId: string, keepSession: string | null) =>
      grantsOf(
        userId,
        and(
          eq(oidcRecords.credentialId, credentialId),
          sql`${oidcRecords.lineage} IS NOT (
            SELECT coalesce(${sessions.succeeds}, ${sessions.id}) FROM ${sessions}
            WHERE ${sessions.userId} = ${userId} AND ${sessions.id} = ${keepSession}
          )`,
        ),
      ),

    takeEnded: (now: number): EndedLogin[] =>
      db
        .update(oidcLogins)
        .set({ dueAt: sql`${now} + ${waits}`, attempts: sql`${oidcLogins.attempts} + 1` })
        .where(
          sql`(${oidcLogins.userId}, ${oidcLogins.lineage}, ${oidcLogins.clientId}) IN ${db
            .select({
              userId: oidcLogins.userId,
              lineage: oidcLogins.lineage,
              clientId: oidcLogins.clientId,
            })
            .from(oidcLogins)
            .where(lte(oidcLogins.dueAt, now))
            .orderBy(asc(oidcLogins.dueAt))
            .limit(loginsAtOnce)}`,
        )
        .returning(loginColumns)
        .all(),
    forget(input: OidcLogin): void {
      db.delete(oidcLogins)
        .where(
          and(
            eq(oidcLogins.userId, input.userId),
            eq(oidcLogins.lineage, input.lineage),
            eq(oidcLogins.clientId, input.clientId),
          ),
        )
        .run();
    },
  };
  return statements;
}
