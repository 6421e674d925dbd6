import { and, type Column, eq, lt, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { horizonHour, nonceGraceMs } from '../nonce-horizon.ts';
import { loginKeptMs } from '../oidc.ts';
import { forgottenChannel, messagesKeptMs } from '../outbox.ts';
import { isEnded } from './oidc.ts';
import {
  addressCodes,
  appleNotifications,
  enrolments,
  invitations,
  nonceHorizon,
  oidcLogins,
  oidcRecords,
  operatorEntries,
  outbox,
  recoveryBrowsers,
  recoveryLinks,
  sessions,
  spentNonces,
} from './schema.ts';

/** So many rows in a transaction: no backlog may stop the event loop. */
const batch = 500;

interface Purged {
  readonly removed: number;
  readonly more: boolean;
}

/** Each removes some of what is due, the oldest first, and says whether there may be more. */
export function purgeStatements(db: BetterSQLite3Database) {
  const purge =
    (table: SQLiteTable, time: Column, key: readonly Column[], only?: SQL) =>
    (before: number): Purged => {
      const due = some(table, time, key, before, only);
      const removed = db.delete(table).where(due).run().changes;
      return { removed, more: removed === batch };
    };
  const login = [oidcLogins.userId, oidcLogins.lineage, oidcLogins.clientId];
  const purgeLogins = purge(oidcLogins, oidcLogins.expiresAt, login, isEnded);
  const purgeSessions = purge(sessions, sessions.expiresAt, [sessions.tokenHash]);
  const purgeEnrolments = purge(enrolments, enrolments.expiresAt, [enrolments.tokenHash]);
  const purgeInvitations = purge(invitations, invitations.expiresAt, [invitations.tokenHash]);
  const purgeMessages = purge(
    ...([outbox, outbox.createdAt, [outbox.id]] as const),
    eq(outbox.channel, forgottenChannel),
  );

  const purgeAddressCodes = purge(addressCodes, addressCodes.expiresAt, [addressCodes.userId]);
  const purgeLinks = purge(recoveryLinks, recoveryLinks.expiresAt, [recoveryLinks.tokenHash]);
  const { userId, browserHash, expiresAt: forgotten } = recoveryBrowsers;
  const purgeBrowsers = purge(recoveryBrowsers, forgotten, [userId, browserHash]);
  const { jti, expiresAt: told } = appleNotifications;
  const purgeNotifications = purge(appleNotifications, told, [jti]);

  function raiseHorizon(purgedUpTo: number): void {
    const kept = sql`max(${nonceHorizon.purgedUpTo}, ${purgedUpTo})`;
    db.insert(nonceHorizon)
      .values({ hour: horizonHour(purgedUpTo), purgedUpTo })
      .onConflictDoUpdate({ target: nonceHorizon.hour, set: { purgedUpTo: kept } })
      .run();
  }

  return {
    /** In the same transaction the horizon rises, so that no nonce is forgotten while its challenge still opens. */
    nonces(now: number): Purged {
      const { expiresAt, nonce } = spentNonces;
      const due = some(spentNonces, expiresAt, [expiresAt, nonce], now - nonceGraceMs);
      const gone = db.delete(spentNonces).where(due).returning({ at: expiresAt }).all();
      const latest = new Map<number, number>();
      for (const { at } of gone) {
        latest.set(horizonHour(at), Math.max(at, latest.get(horizonHour(at)) ?? at));
      }
      for (const at of latest.values()) raiseHorizon(at);
      return { removed: gone.length, more: gone.length === batch };
    },
    sessions: (now: number): Purged => purgeSessions(now + 1),
    records: purge(oidcRecords, oidcRecords.expiresAt, [oidcRecords.key]),
    logins: (now: number): Purged => purgeLogins(now - loginKeptMs),
    enrolments: (now: number): Purged => purgeEnrolments(now + 1),
    invitations: (now: number): Purged => purgeInvitations(now + 1),
    addressCodes: (now: number): Purged => purgeAddressCodes(now + 1),
    recoveryLinks: (now: number): Purged => purgeLinks(now + 1),
    recoveryBrowsers: (now: number): Purged => purgeBrowsers(now + 1),
    notifications: (now: number): Purged => purgeNotifications(now + 1),
    messages: (now: number): Purged => purgeMessages(now - messagesKeptMs),
    operators: purge(operatorEntries, operatorEntries.at, [operatorEntries.id]),
  };
}

/** By their key, because not every table has row IDs. */
function some(
  table: SQLiteTable,
  time: Column,
  key: readonly Column[],
  before: number,
  only?: SQL,
): SQL {
  const columns = sql.join([...key], sql`, `);
  return sql`(${columns}) IN (
    SELECT ${columns} FROM ${table} WHERE ${and(lt(time, before), only)}
    ORDER BY ${time} LIMIT ${batch}
  )`;
}
