import { type Column, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { ClientBase } from 'pg';
import { compile } from './compile.ts';
import { auditEntries, sessions, spentNonces } from './schema.ts';

/**
 * A nonce outlives its challenge by this much, so that a ceremony that was in flight while it expired,
 * or a clock that was set back a little, does not find its nonce forgotten.
 */
const graceMs = 60 * 60 * 1000;

/** So many rows at a time: a backlog must not run into the statement timeout, nor be worth a scan. */
const batch = 100;

const purgeSessions = purge('purge_sessions', sessions, sessions.expiresAt, [sessions.tokenHash]);
const purgeNonces = purge('purge_nonces', spentNonces, spentNonces.expiresAt, [spentNonces.nonce]);
const purgeAudit = purge('purge_audit', auditEntries, auditEntries.at, [
  auditEntries.userId,
  auditEntries.id,
]);

/** Removes a batch of what is due and says whether there may be more. Nodes don't wait for each other. */
export function purgeStatements(client: ClientBase) {
  const run = async (statement: ReturnType<typeof compile>, before: number) => {
    const removed = (await client.query(statement({ before }))).rowCount ?? 0;
    return { removed, more: removed >= batch };
  };
  return {
    nonces: (now: number) => run(purgeNonces, now - graceMs),
    sessions: (now: number) => run(purgeSessions, now + 1),
    audit: (before: number) => run(purgeAudit, before),
  };
}

function purge(name: string, table: PgTable, time: Column, key: readonly Column[]) {
  const columns: SQL = sql.join([...key], sql`, `);
  return compile(
    name,
    sql`DELETE FROM ${table} WHERE (${columns}) IN (
      SELECT ${columns} FROM ${table} WHERE ${time} < ${sql.placeholder('before')}
      ORDER BY ${time} LIMIT ${sql.raw(String(batch))} FOR UPDATE SKIP LOCKED
    )`,
  );
}
