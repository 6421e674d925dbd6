/**
 * The connections to a PostgreSQL server: a pool that heals by itself, each connection with the
 * settings that the store relies on and its own prepared statements.
 *
 * Guarantees: nothing waits without an end; a lost connection never surfaces but in the operation that
 * was using it; every session commits at least with `synchronous_commit = on`.
 */
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { RpError } from '../../errors.ts';
import type { StoreOptions } from '../outbox.ts';
import { appleStatements } from './apple.ts';
import { auditStatements } from './audit.ts';
import { auditIds } from './audit-id.ts';
import { credentialStatements } from './credentials.ts';
import { feedStatements } from './feed.ts';
import { invitationStatements } from './invitations.ts';
import { keptKeyStatements } from './kept-keys.ts';
import { mailStatements } from './mail.ts';
import { nonceStatements } from './nonces.ts';
import { oidcStatements } from './oidc.ts';
import { operatorKeyStatements } from './operator-keys.ts';
import { operatorStatements } from './operators.ts';
import { outboxStatements } from './outbox.ts';
import { purgeStatements } from './purge.ts';
import { recoveryStatements } from './recovery.ts';
import { sessionStatements } from './sessions.ts';
import { signInStatement } from './sign-in.ts';
import { transferStatements } from './transfer.ts';
import { userStatements } from './users.ts';
import { vaultStatements } from './vault.ts';

export interface PostgresOptions extends StoreOptions {
  /** Connections this process may hold: those of all nodes together stay below `max_connections`. */
  readonly poolSize?: number;
  /** How long a statement may run or wait for a lock. */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a connection: for the server to answer, or for one to come free. */
  readonly connectTimeoutMs?: number;
  /** Told of every connection that is lost, for the log. */
  readonly onConnectionError?: (error: Error) => void;
}

export type Statements = ReturnType<typeof statementsOn>;

export interface Connection {
  readonly client: pg.PoolClient;
  readonly on: Statements;
  /** True if the server warned of something since the connection was taken. */
  warned(): boolean;
  /** Gives it back; with an error, it is closed instead of being used again. */
  release(error?: Error): void;
}

export interface Connections {
  /** Rejects with `unavailable` if there is none to be had. */
  take(): Promise<Connection>;
  end(): Promise<void>;
}

const settings = `SELECT
  set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END,
    false),
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('client_encoding', 'UTF8', false),
  set_config('search_path', 'public', false),
  set_config('statement_timeout', $1, false),
  set_config('lock_timeout', $1, false),
  set_config('idle_in_transaction_session_timeout', $1, false)`;

/** What a client of ours waits longer than the server does: normally the server speaks first. */
const marginMs = 1000;

export function connect(url: string, options: PostgresOptions): Connections {
  const { poolSize = 16, statementTimeoutMs = 5000, connectTimeoutMs = 5000 } = options;
  const report = options.onConnectionError ?? (() => {});
  const newAuditId = auditIds();
  const known = new WeakMap<pg.PoolClient, { on: Statements; warnings: { count: number } }>();
  const pool = new pg.Pool({
    connectionString: url,
    fallback_application_name: 'latchkey',
    max: poolSize,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: statementTimeoutMs,
    connectionTimeoutMillis: connectTimeoutMs,
    // The server's timeout does not cover a network that swallows, nor a COMMIT that waits for a standby.
    query_timeout: statementTimeoutMs + marginMs,
    idleTimeoutMillis: 60_000,
    // Behind one address may be several machines, not always the same.
    maxLifetimeSeconds: 1800,
    onConnect: async (client) => {
      // Without a listener, a connection that breaks while it is in use would end the process.
      client.on('error', report);
      await client.query(settings, [String(statementTimeoutMs)]);
    },
  });
  // Those that break while idle: the pool has dropped them already, and `report` was told above.
  pool.on('error', () => {});

  function knownOf(client: pg.PoolClient) {
    const found = known.get(client);
    if (found !== undefined) return found;
    const warnings = { count: 0 };
    client.on('notice', ({ code }) => {
      // Class 00 are notices; anything else is a warning.
      if (!code?.startsWith('00')) warnings.count += 1;
    });
    const fresh = { on: statementsOn(client, newAuditId), warnings };
    known.set(client, fresh);
    return fresh;
  }

  return {
    async take() {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (cause) {
        throw new RpError('unavailable', { detail: 'no connection to the database', cause });
      }
      const { on, warnings } = knownOf(client);
      const before = warnings.count;
      return {
        client,
        on,
        warned: () => warnings.count > before,
        release: (error) => client.release(error),
      };
    },
    end: () => pool.end(),
  };
}

/** Prepared once a connection, under their names: those of a table when one of them is first needed. */
function statementsOn(client: pg.PoolClient, newAuditId: (at: number) => string) {
  const db = drizzle({ client });
  const outbox = outboxStatements(client);
  let apple: ReturnType<typeof appleStatements> | undefined;
  const appleOf = () => (apple ??= appleStatements(client, db));
  return whenNeeded({
    users: () => userStatements(db),
    credentials: () => credentialStatements(db, (...those) => appleOf().countActive(...those)),
    sessions: () => sessionStatements(db),
    nonces: () => nonceStatements(db),
    audit: () => auditStatements(client, db, newAuditId, outbox),
    keptKeys: () => keptKeyStatements(db),
    operators: () => operatorStatements(db),
    operatorKeys: () => operatorKeyStatements(db),
    feed: () => feedStatements(client, db),
    oidc: () => oidcStatements(client),
    vaults: () => vaultStatements(db),
    purge: () => purgeStatements(client),
    signIn: () => signInStatement(client, newAuditId),
    recovery: () => recoveryStatements(db),
    outbox: () => outbox,
    mail: () => mailStatements(client),
    apple: appleOf,
    invitations: () => invitationStatements(db),
    transfer: () => transferStatements(client, db, newAuditId),
    ping: () => () => ping(client),
  });
}

/** An object whose members are made when they are first read. */
function whenNeeded<Makers extends Record<string, () => unknown>>(makers: Makers) {
  const made = {};
  for (const [name, make] of Object.entries(makers)) {
    const get = () => {
      const value = make();
      Object.defineProperty(made, name, { value });
      return value;
    };
    Object.defineProperty(made, name, { get, configurable: true });
  }
  return made as { readonly [Name in keyof Makers]: ReturnType<Makers[Name]> };
}

/** A server that takes no writes (a standby, or a primary that was demoted) is of no use here. */
async function ping(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ readOnly: string }>({
    name: 'ping',
    text: `SELECT current_setting('transaction_read_only') AS "readOnly"`,
  });
  if (rows[0]?.readOnly !== 'off') {
    throw new RpError('unavailable', { detail: 'the database takes no writes' });
  }
}
