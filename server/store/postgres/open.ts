import { RpError } from '../../errors.ts';
import type { Store } from '../store.ts';
import { connect, type PostgresOptions, type Statements } from './connections.ts';
import { migratePostgres } from './migrate.ts';
import { together } from './together.ts';
import { transactions } from './transactions.ts';

/**
 * The store on a PostgreSQL server, or a cluster that speaks like one: any number of nodes may share it.
 * Applies the migrations. Commits are at least `synchronous_commit = on`; with a synchronous standby they
 * are on both machines before anyone is told of them.
 *
 * Locks are taken in one order: account, credential, session. Foreign keys look at the account last, and
 * the end of an account begins with it: the deadlocks that this leaves are settled by another attempt.
 *
 * @throws {RpError} `unavailable` where the database can't be reached or brought up to date
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
  const { read, write, ceremony, close } = transactions(
    connect(url, { ...options, statementTimeoutMs, connectTimeoutMs }),
    statementTimeoutMs,
  );

  async function purgeAll(
    batch: (on: Statements) => Promise<{ removed: number; more: boolean }>,
  ): Promise<number> {
    for (let total = 0; ; ) {
      const { removed, more } = await write(batch, { alone: true, repeatable: true });
      total += removed;
      if (!more) return total;
    }
  }

  return {
    findUser: (id) => read((on) => on.users.find(id)),
    findUserByName: (key) => read((on) => on.users.findByName(key)),
    listUsers: (page) => read((on) => on.users.list(page)),
    findCredential: (id) => read((on) => on.credentials.find(id)),
    listCredentials: (userId) => read((on) => on.credentials.list(userId)),
    findSession: (tokenHash, now) => read((on) => on.sessions.find(tokenHash, now)),
    listSessions: (userId, now) => read((on) => on.sessions.list(userId, now)),
    listAudit: (userId, limit) => read((on) => on.ceremonies.listAudit(userId, limit)),

    completeSignUp: (input) =>
      ceremony(input.nonce, async (on, spending) => {
        await together([
          on.ceremonies.spend(spending),
          on.users.insert(input.user, input.usernameKey),
          on.credentials.insert(input.credential),
          on.credentials.attest(input.credential.id, input.attestation),
          on.sessions.endReplaced(input.replaces?.id ?? null),
          on.sessions.open(input.session),
          noteEndOf(on, input),
          on.ceremonies.note(input.audit),
        ]);
      }),
    completeAddition: (input) =>
      ceremony(input.nonce, async (on, spending) => {
        const { userId, id } = input.credential;
        await together([
          on.ceremonies.spend(spending),
          on.users.holdOrRefuse(userId),
          input.supersedes === null ? undefined : on.credentials.hold(input.supersedes),
          on.sessions.holdOrRefuse(input.sessionId),
          on.credentials.refuseOver(input.limit, userId),
        ]);
        await together([
          on.credentials.insert(input.credential),
          on.credentials.attest(id, input.attestation),
          on.credentials.supersede(userId, input.supersedes),
          on.ceremonies.note(input.audit),
        ]);
      }),
    completeSignIn: async (input) =>
      (await ceremony(input.nonce, (on, spending) => on.signIn(input, spending), {
        alone: true,
      })) ?? read((on) => on.credentials.listBriefly(input.session.userId)),
    recordRefusal: (input) =>
      ceremony(input.nonce, async (on, spending) => {
        const { credentialId, state } = input;
        const [, isThere] = await together([
          on.ceremonies.spend(spending),
          on.credentials.hold(credentialId),
        ]);
        if (!isThere) return;
        await together([
          state === null ? undefined : on.credentials.mark(credentialId, state),
          on.ceremonies.note(input.audit),
        ]);
      }),

    renameCredential: (input) =>
      write(async (on) => {
        await together([
          on.credentials.rename(input.userId, input.id, input.name),
          on.ceremonies.note(input.audit),
        ]);
      }),
    deleteCredential: (input) =>
      write(async (on) => {
        await together([
          on.users.hold(input.userId),
          on.credentials.holdOrRefuse(input.userId, input.id),
          on.oidc.endOpenedBy(input.userId, input.id, input.keepSession),
          on.sessions.endOpenedBy(input.id, input.keepSession),
          on.oidc.noteEnds(input.userId),
          on.credentials.remove(input.userId, input.id),
          on.credentials.refuseNone(input.userId, input.keepOneOf),
          on.ceremonies.note(input.audit),
        ]);
      }),
    setCredentialState: (input) =>
      write(async (on) => {
        const { userId, id, state } = input;
        const revokes = state === 'revoked';
        const [, , ended] = await together([
          on.credentials.holdOrRefuse(userId, id),
          on.credentials.changeState(userId, id, state),
          revokes ? on.sessions.endOpenedBy(id, '') : 0,
          revokes ? on.oidc.endOpenedBy(userId, id, '') : undefined,
          revokes ? on.oidc.noteEnds(userId) : undefined,
          on.ceremonies.note(input.audit),
        ]);
        return ended;
      }),
    postponeUpgrade: (input) =>
      write(async (on) => {
        await together([
          on.credentials.postponeUpgrade(input.userId, input.id, input.until),
          on.ceremonies.note(input.audit),
        ]);
      }),
    updateAccount: (input) =>
      write(async (on) => {
        const [user] = await together([
          on.users.update(input.userId, input),
          on.ceremonies.note(input.audit),
        ]);
        return user;
      }),
    disableUser: (userId, at, audit) =>
      write(async (on) => {
        const [, ended] = await together([
          on.users.disable(userId, at),
          at === null ? 0 : on.sessions.endAll(userId),
          at === null ? undefined : on.oidc.endAll(userId),
          at === null ? undefined : on.oidc.noteEnds(userId),
          on.ceremonies.note(audit),
        ]);
        return ended;
      }),
    assignPolicy: (userId, policy, audit) =>
      write(async (on) => {
        await together([on.users.assignPolicy(userId, policy), on.ceremonies.note(audit)]);
      }),
    deleteAccount: (userId) =>
      write(
        async (on) => {
          await on.users.remove(userId);
          await on.oidc.noteEnds(userId);
        },
        { repeatable: true },
      ),
    endSession: (input) =>
      write(async (on) => {
        const lineage = await on.sessions.end(input.userId, input.id);
        await together([
          input.appsToo ? on.oidc.endLineage(input.userId, lineage) : undefined,
          on.oidc.noteEnds(input.userId),
          on.ceremonies.note(input.audit),
        ]);
      }),

    endSessions: (userId, audit) =>
      write(async (on) => {
        if (!(await on.users.hold(userId))) throw new RpError('not_found');
        const [ended] = await together([
          on.sessions.endAll(userId),
          on.oidc.endAll(userId),
          on.oidc.noteEnds(userId),
          on.ceremonies.note(audit),
        ]);
        return ended;
      }),

    importAccounts: (accounts, { dryRun = false } = {}) =>
      write((on) => on.transfer.importAll(accounts, dryRun), { repeatable: true }),
    exportAccounts: (after, limit) => read((on) => on.transfer.exportPage(after, limit)),
    sampleCredentials: (from, limit) => read((on) => on.transfer.sampleCredentials(from, limit)),
    countCredentials: () => read((on) => on.transfer.countCredentials()),

    findOidcRecord: (key, now) => read((on) => on.oidc.find(key, now)),
    insertOnce: (record, now) => write((on) => on.oidc.insertOnce(record, now), { alone: true }),
    commitOidc: (changes) =>
      write(async (on) => {
        if (changes.consume !== null && !(await on.oidc.consumeOnce(changes.consume))) return false;
        const { signOut } = changes;
        await together([
          ...changes.save.map((record) => on.oidc.save(record)),
          ...changes.remove.map((key) => on.oidc.remove(key)),
          ...changes.prolong.map(({ key, until }) => on.oidc.prolong(key, until)),
          signOut === null ? undefined : on.oidc.signOut(signOut.userId, signOut.lineage),
          ...changes.logins.map((login) => on.oidc.login(login)),
          signOut === null ? undefined : on.oidc.noteEnds(signOut.userId),
          on.ceremonies.note(changes.audit),
        ]);
        return true;
      }),
    findLineage: (userId, lineage, now) =>
      read((on) => on.sessions.findLineage(userId, lineage, now)),
    takeEndedLogins: (now, until) => write((on) => on.oidc.takeEnded(now, until), { alone: true }),
    forgetLogin: (login) =>
      write(async (on) => void (await on.oidc.forget(login)), { alone: true, repeatable: true }),

    keepKey: (name, candidate) =>
      write((on) => on.ceremonies.keepKey(name, candidate), { alone: true, repeatable: true }),
    purge: async (now, auditBefore) => {
      await write((on) => on.purge.raiseHorizon(now), { alone: true, repeatable: true });
      return (
        (await purgeAll((on) => on.purge.nonces(now))) +
        (await purgeAll((on) => on.purge.sessions(now))) +
        (await purgeAll((on) => on.purge.records(now))) +
        (await purgeAll((on) => on.purge.logins(now))) +
        (await purgeAll((on) => on.purge.audit(auditBefore)))
      );
    },
    ping: () => read((on) => on.ping()),
    close,
  };
}

/** Whoever signs in may take the place of another account in this browser. */
async function noteEndOf(
  on: Statements,
  { replaces, session }: Pick<Parameters<Store['completeSignUp']>[0], 'replaces' | 'session'>,
): Promise<void> {
  if (replaces === null || replaces.userId === session.userId) return;
  await on.oidc.noteEnds(replaces.userId);
}
