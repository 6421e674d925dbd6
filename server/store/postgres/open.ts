import { RpError } from '../../errors.ts';
import type { Store } from '../store.ts';
import { connect, type PostgresOptions } from './connections.ts';
import { migratePostgres } from './migrate.ts';
import { accountOperations } from './operations/accounts.ts';
import { appleOperations } from './operations/apple.ts';
import { ceremonyOperations } from './operations/ceremonies.ts';
import { credentialOperations } from './operations/credentials.ts';
import { invitationOperations } from './operations/invitations.ts';
import { mailOperations } from './operations/mail.ts';
import { oidcOperations } from './operations/oidc.ts';
import { operatorOperations, underKey } from './operations/operators.ts';
import { outboxOperations } from './operations/outbox.ts';
import { recoveryOperations } from './operations/recovery.ts';
import { sessionOperations } from './operations/sessions.ts';
import { upkeepOperations } from './operations/upkeep.ts';
import { vaultOperations } from './operations/vaults.ts';
import { type Access, transactions } from './transactions.ts';

/**
 * The store on a PostgreSQL server, or a cluster that speaks like one: any number of nodes may share it.
 * Applies the migrations. Commits are at least `synchronous_commit = on`; with a synchronous standby they
 * are on both machines before anyone is told of them.
 *
 * Locks are taken in one order: account, credential, session, salts. Foreign keys look at the account last, and
 * the end of an account begins with it: the deadlocks that this leaves are settled by another attempt.
 *
 * @throws {RpError} `unavailable` if the database can't be reached or brought up to date
 */
export async function openPostgresStore(
  url: string,
  options: PostgresOptions = {},
): Promise<Store> {
  const { statementTimeoutMs = 5000, connectTimeoutMs = 5000 } = options;
  try {
    await migratePostgres(url, connectTimeoutMs);
  } catch (cause) {
    throw new RpError('unavailable', { detail: 'the database can not be opened', cause });
  }
  const access = transactions(
    connect(url, { ...options, statementTimeoutMs, connectTimeoutMs }),
    statementTimeoutMs,
    options.onMessages,
  );
  const store: Store = {
    ...operationsOn(access),
    ...upkeepOperations(access),
    ping: () => access.read((on) => on.ping()),
    close: () => access.close(),
    // The inner store is the same, but for its writes.
    underOperatorKey: (key, work) => work({ ...store, ...operationsOn(underKey(access, key)) }),
  };
  return store;
}

function operationsOn(access: Access) {
  const { read, write } = access;
  return {
    ...accountOperations(access),
    ...credentialOperations(access),
    ...sessionOperations(access),
    ...ceremonyOperations(access),
    ...oidcOperations(access),
    ...vaultOperations(access),
    noteAudit: (entries) => write((on) => on.audit.note(entries)),
    ...recoveryOperations(access),
    ...outboxOperations(access),
    ...appleOperations(access),
    ...mailOperations(access),
    ...invitationOperations(access),
    ...operatorOperations(access),
    listAudit: (userId, page) => read((on) => on.audit.list(userId, page)),
    importAccounts: (accounts, { dryRun = false } = {}) =>
      write((on) => on.transfer.importAll(accounts, dryRun), { repeatable: true }),
    exportAccounts: (after, limit) => read((on) => on.transfer.exportPage(after, limit)),
  } satisfies Partial<Store>;
}
