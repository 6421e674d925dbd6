import type { Database } from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { appleStatements } from './apple.ts';
import { auditStatements } from './audit.ts';
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
import { transferStatements } from './transfer.ts';
import { userStatements } from './users.ts';
import { vaultStatements } from './vault.ts';

export type Statements = ReturnType<typeof statementsOn>;

/** The statements of every table. */
export function statementsOn(db: BetterSQLite3Database, database: Database) {
  const apple = appleStatements(db);
  const outbox = outboxStatements(db, database);
  return {
    users: userStatements(db, database),
    credentials: credentialStatements(db, database, apple.countActive),
    sessions: sessionStatements(db, database),
    nonces: nonceStatements(db, database),
    audit: auditStatements(db, database, outbox),
    keptKeys: keptKeyStatements(db),
    operators: operatorStatements(db),
    operatorKeys: operatorKeyStatements(db),
    feed: feedStatements(db),
    oidc: oidcStatements(db, database),
    vaults: vaultStatements(db),
    recovery: recoveryStatements(db),
    outbox,
    mail: mailStatements(database),
    apple,
    invitations: invitationStatements(db),
    transfer: transferStatements(db),
    purge: purgeStatements(db),
  };
}

/** Ends all sessions of an account and what apps got through them; returns how many sessions. */
export function endSessionsOf(on: Statements, userId: string): number {
  const ended = on.sessions.endAll(userId);
  on.oidc.endAll(userId);
  on.oidc.noteEnds(userId);
  return ended;
}

/** How an operation of the store reaches the statements: as one read, or as one durable transaction. */
export interface Access {
  read<Result>(query: (on: Statements) => Result): Promise<Result>;
  write<Result>(work: (on: Statements) => Result): Promise<Result>;
}
