import { type Column, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { ClientBase } from 'pg';
import { horizonHour, horizonStart, nonceGraceMs } from '../nonce-horizon.ts';
import { loginKeptMs } from '../oidc.ts';
import { forgottenChannel, messagesKeptMs } from '../outbox.ts';
import { compile } from './compile.ts';
import { isEnded } from './oidc.ts';
import {
  addressCodes,
  appleNotifications,
  auditEntries,
  enrolments,
  invitations,
  oidcLogins,
  oidcRecords,
  operatorEntries,
  outbox,
  recoveryBrowsers,
  recoveryLinks,
  sessions,
  spentNonces,
} from './schema.ts';

/** So many rows at a time: a backlog must not run into the statement timeout, nor be worth a scan. */
const batch = 100;

const purgeSessions = purge('purge_sessions', sessions, sessions.expiresAt, [sessions.tokenHash]);
const purgeNonces = purge('purge_nonces', spentNonces, spentNonces.expiresAt, [spentNonces.nonce]);
const purgeRecords = purge('purge_oidc_records', oidcRecords, oidcRecords.expiresAt, [
  oidcRecords.key,
]);
const purgeLogins = purge(
  'purge_oidc_logins',
  oidcLogins,
  oidcLogins.expiresAt,
  [oidcLogins.userId, oidcLogins.lineage, oidcLogins.clientId],
  sql`AND ${isEnded}`,
);
const purgeEnrolments = purge('purge_enrolments', enrolments, enrolments.expiresAt, [
  enrolments.tokenHash,
]);
const purgeMessages = purge(
  ...(['purge_messages', outbox, outbox.createdAt, [outbox.id]] as const),
  sql`AND ${outbox.channel} = ${sql.raw(`'${forgottenChannel}'`)}`,
);
const purgeNotifications = purge(
  'purge_apple_notifications',
  appleNotifications,
  appleNotifications.expiresAt,
  [appleNotifications.jti],
);
const purgeAddressCodes = purge('purge_address_codes', addressCodes, addressCodes.expiresAt, [
  addressCodes.userId,
]);
const purgeLinks = purge('purge_recovery_links', recoveryLinks, recoveryLinks.expiresAt, [
  recoveryLinks.tokenHash,
]);
const purgeBrowsers = purge(
  'purge_recovery_browsers',
  recoveryBrowsers,
  recoveryBrowsers.expiresAt,
  [recoveryBrowsers.userId, recoveryBrowsers.browserHash],
);
const purgeInvitations = purge('purge_invitations', invitations, invitations.expiresAt, [
  invitations.tokenHash,
]);
const purgeAudit = purge('purge_audit', auditEntries, auditEntries.at, [
  auditEntries.userId,
  auditEntries.id,
]);

const purgeOperators = purge('purge_operator_entries', operatorEntries, operatorEntries.at, [
  operatorEntries.id,
]);

const raiseHorizon = compile(
  'raise_nonce_horizon',
  sql`INSERT INTO nonce_horizon (id, purged_up_to)
    VALUES (${sql.placeholder('hour')}, ${sql.placeholder('latest')})
    ON CONFLICT (id) DO UPDATE
    SET purged_up_to = greatest(nonce_horizon.purged_up_to, excluded.purged_up_to)`,
);
const latestNonce = compile(
  'latest_nonce_before',
  sql`SELECT max(expires_at) AS latest FROM spent_nonces WHERE expires_at < ${sql.placeholder('before')}`,
);

/** Removes a batch of what is due and says whether there may be more. Nodes don't wait for each other. */
export function purgeStatements(client: ClientBase) {
  const run = async (statement: ReturnType<typeof compile>, before: number) => {
    const removed = (await client.query(statement({ before }))).rowCount ?? 0;
    return { removed, more: removed >= batch };
  };
  async function latestBefore(before: number): Promise<number | null> {
    const { rows } = await client.query<{ latest: string | null }>(latestNonce({ before }));
    const latest = rows[0]?.latest ?? null;
    return latest === null ? null : Number(latest);
  }
  return {
    /** Written before the nonces go, so that none of them is forgotten while its challenge still opens. */
    async raiseHorizon(now: number): Promise<void> {
      for (let latest = await latestBefore(now - nonceGraceMs); latest !== null; ) {
        await client.query(raiseHorizon({ hour: horizonHour(latest), latest }));
        latest = await latestBefore(horizonStart(latest));
      }
    },
    nonces: (now: number) => run(purgeNonces, now - nonceGraceMs),
    sessions: (now: number) => run(purgeSessions, now + 1),
    records: (now: number) => run(purgeRecords, now),
    logins: (now: number) => run(purgeLogins, now - loginKeptMs),
    enrolments: (now: number) => run(purgeEnrolments, now + 1),
    addressCodes: (now: number) => run(purgeAddressCodes, now + 1),
    recoveryLinks: (now: number) => run(purgeLinks, now + 1),
    recoveryBrowsers: (now: number) => run(purgeBrowsers, now + 1),
    messages: (now: number) => run(purgeMessages, now - messagesKeptMs),
    notifications: (now: number) => run(purgeNotifications, now + 1),
    invitations: (now: number) => run(purgeInvitations, now + 1),
    audit: (before: number) => run(purgeAudit, before),
    operators: (before: number) => run(purgeOperators, before),
  };
}

function purge(
  name: string,
  table: PgTable,
  time: Column,
  key: readonly Column[],
  more: SQL = sql``,
) {
  const columns: SQL = sql.join([...key], sql`, `);
  return compile(
    name,
    sql`DELETE FROM ${table} WHERE (${columns}) IN (
      SELECT ${columns} FROM ${table} WHERE ${time} < ${sql.placeholder('before')} ${more}
      ORDER BY ${time} LIMIT ${sql.raw(String(batch))} FOR UPDATE SKIP LOCKED
    )`,
  );
}
