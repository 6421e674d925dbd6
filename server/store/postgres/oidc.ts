import { type SQL, sql } from 'drizzle-orm';
import type { ClientBase } from 'pg';
import type { EndedLogin, OidcChanges, OidcLogin, OidcRecord } from '../../records/oidc.ts';
import { graceAround, loginRetry, loginsAtOnce } from '../oidc.ts';
import { accountIsGone, sessionIsGone } from '../refusals.ts';
import { compile } from './compile.ts';
import { violatesReference } from './failures.ts';

const $ = (name: string) => sql.placeholder(name);

/** The sessions of one sign-in. */
const ofLineage = (userId: SQL, lineage: SQL) =>
  sql`sessions.user_id = ${userId} AND coalesce(sessions.succeeds, sessions.id) = ${lineage}`;

const find = compile(
  'find_oidc_record',
  sql`
  SELECT key, model, payload, expires_at::float8 AS "expiresAt", consumed_at::float8 AS "consumedAt",
    user_id AS "userId", lineage, outlives_session AS "outlivesSession",
    credential_id AS "credentialId"
  FROM oidc_records
  WHERE key = ${$('key')} AND (lineage IS NULL OR outlives_session OR EXISTS (
    SELECT 1 FROM sessions
    WHERE ${ofLineage(sql`oidc_records.user_id`, sql`oidc_records.lineage`)}
      AND sessions.expires_at > ${$('now')}
  ))
`,
);

const insertOr = (name: string, when: SQL) =>
  compile(
    name,
    sql`
  INSERT INTO oidc_records AS stored (
    key, model, payload, expires_at, consumed_at, user_id, lineage, outlives_session, credential_id
  ) VALUES (
    ${$('key')}, ${$('model')}, ${$('payload')}, ${$('expiresAt')}, ${$('consumedAt')},
    ${$('userId')}, ${$('lineage')}, ${$('outlivesSession')}, ${$('credentialId')}
  )
  ON CONFLICT (key) DO UPDATE SET
    model = excluded.model, payload = excluded.payload, expires_at = excluded.expires_at,
    consumed_at = excluded.consumed_at, user_id = excluded.user_id, lineage = excluded.lineage,
    outlives_session = excluded.outlives_session, credential_id = excluded.credential_id
  ${when}
`,
  );
const save = insertOr('save_oidc_record', sql``);
const insertOnce = insertOr(
  'insert_oidc_record_once',
  sql`WHERE stored.expires_at <= excluded.consumed_at`,
);

const consumeOnce = compile(
  'consume_oidc_record_once',
  sql`
  UPDATE oidc_records SET consumed_at = coalesce(consumed_at, ${$('at')}::bigint)
  WHERE key = ${$('key')}
    AND (consumed_at IS NULL OR consumed_at BETWEEN ${$('earliest')} AND ${$('latest')})
`,
);

const remove = compile('remove_oidc_record', sql`DELETE FROM oidc_records WHERE key = ${$('key')}`);

const prolong = compile(
  'prolong_oidc_record',
  sql`
  UPDATE oidc_records SET expires_at = greatest(expires_at, ${$('until')})
  WHERE key = ${$('key')}
`,
);

const login = compile(
  'save_oidc_login',
  sql`
  INSERT INTO oidc_logins (user_id, lineage, client_id, expires_at)
  VALUES (${$('userId')}, ${$('lineage')}, ${$('clientId')}, ${$('expiresAt')})
  ON CONFLICT DO NOTHING
`,
);

/** The account first, as everywhere: see `open.ts`. */
const holdLineage = compile(
  'hold_lineage',
  sql`
  SELECT 1 FROM users JOIN sessions ON sessions.user_id = users.id
  WHERE users.id = ${$('userId')} AND ${ofLineage(sql`${$('userId')}`, sql`${$('lineage')}`)}
  FOR KEY SHARE OF users FOR SHARE OF sessions
`,
);

const signOut = compile(
  'end_lineage',
  sql`DELETE FROM sessions WHERE ${ofLineage(sql`${$('userId')}`, sql`${$('lineage')}`)}`,
);

/** A step-up makes a sign-in last longer than a login remembers. */
export const isEnded = sql`NOT EXISTS (
  SELECT 1 FROM sessions WHERE ${ofLineage(sql`oidc_logins.user_id`, sql`oidc_logins.lineage`)}
)`;

/** Whoever of the account is signed in no longer: their apps are to hear of it at once. */
export const noteEnds = compile(
  'note_ends',
  sql`
  UPDATE oidc_logins SET due_at = 0
  WHERE user_id = ${$('userId')} AND due_at IS NULL AND ${isEnded}
`,
);

const endGrants = (name: string, when: SQL) =>
  compile(
    name,
    sql`DELETE FROM oidc_records WHERE user_id = ${$('userId')} AND model <> 'Consent' ${when}`,
  );
const endAll = endGrants('end_grants', sql``);
const endOfLineage = endGrants('end_grants_of_lineage', sql`AND lineage = ${$('lineage')}`);
const endOfOtherLineages = endGrants(
  'end_grants_of_other_lineages',
  sql`AND lineage IS DISTINCT FROM ${$('lineage')}`,
);
const endOpenedBy = endGrants(
  'end_grants_of_credential',
  sql`
  AND credential_id = ${$('credentialId')} AND lineage IS DISTINCT FROM (
    SELECT coalesce(sessions.succeeds, sessions.id) FROM sessions WHERE sessions.id = ${$('keep')}
  )
`,
);

const takeEnded = compile(
  'take_ended_logins',
  sql`
  UPDATE oidc_logins SET attempts = attempts + 1, due_at = ${$('now')}::bigint + least(
    ${sql.raw(String(loginRetry.mostMs))},
    ${sql.raw(String(loginRetry.firstMs))}::bigint
      << least(attempts, ${sql.raw(String(loginRetry.doublings))})
  )
  WHERE (user_id, lineage, client_id) IN (
    SELECT user_id, lineage, client_id FROM oidc_logins WHERE due_at <= ${$('now')}
    ORDER BY due_at LIMIT ${sql.raw(String(loginsAtOnce))} FOR UPDATE SKIP LOCKED
  )
  RETURNING user_id AS "userId", lineage, client_id AS "clientId",
    expires_at::float8 AS "expiresAt", attempts
`,
);

const forget = compile(
  'forget_login',
  sql`
  DELETE FROM oidc_logins
  WHERE user_id = ${$('userId')} AND lineage = ${$('lineage')} AND client_id = ${$('clientId')}
`,
);

/** What the OpenID provider keeps. */
export function oidcStatements(client: ClientBase) {
  const run = async (
    statement: ReturnType<typeof compile>,
    values: Record<string, unknown>,
  ): Promise<number> => (await client.query(statement(values))).rowCount ?? 0;
  return {
    find: async (key: string, now: number): Promise<OidcRecord | null> =>
      (await client.query<OidcRecord>(find({ key, now }))).rows[0] ?? null,

    /** `consumedAt` of such a record is the time at which it came. */
    insertOnce: async (record: OidcRecord, now: number): Promise<boolean> =>
      (await run(insertOnce, { ...record, consumedAt: now })) === 1,

    consumeOnce: async ({ key, at, graceMs }: NonNullable<OidcChanges['consume']>) =>
      (await run(consumeOnce, { key, at, ...graceAround(at, graceMs) })) === 1,

    save: (record: OidcRecord) =>
      run(save, { ...record }).catch((error: unknown) => {
        throw violatesReference(error) ? accountIsGone() : error;
      }),
    /** Holds the sign-in until the transaction ends, so that it can't be ended meanwhile. */
    async holdOrRefuse(userId: string, lineage: string): Promise<void> {
      const hold = () => run(holdLineage, { userId, lineage });
      // The session that a step-up puts in the place of the one before it, only a second look finds.
      if ((await hold()) === 0 && (await hold()) === 0) throw sessionIsGone();
    },
    remove: (key: string) => run(remove, { key }),
    prolong: (key: string, until: number) => run(prolong, { key, until }),
    login: ({ userId, lineage, clientId, expiresAt }: OidcLogin) =>
      run(login, { userId, lineage, clientId, expiresAt }),
    signOut: (userId: string, lineage: string) => run(signOut, { userId, lineage }),

    noteEnds: (userId: string) => run(noteEnds, { userId }),

    endAll: (userId: string) => run(endAll, { userId }),
    endOtherLineages: (userId: string, lineage: string) =>
      run(endOfOtherLineages, { userId, lineage }),
    endLineage: (userId: string, lineage: string) => run(endOfLineage, { userId, lineage }),
    /** `keep` is a session that stays, and its apps too. */
    endOpenedBy: (userId: string, credentialId: string, keep: string) =>
      run(endOpenedBy, { userId, credentialId, keep }),

    takeEnded: async (now: number): Promise<EndedLogin[]> =>
      (await client.query<EndedLogin>(takeEnded({ now }))).rows,
    forget: ({ userId, lineage, clientId }: OidcLogin) =>
      run(forget, { userId, lineage, clientId }),
  };
}
