/** No statement that the store sends may read a table from end to end. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../testing/postgres.ts';
import type { Store } from '../store.ts';
import { openPostgresStore } from './open.ts';
import { at, newNonce, newSignIn, newSignUp } from './testing/traffic.ts';

const accounts = 60_000;
const nonces = 150_000;
/** After five executions PostgreSQL may turn to a plan that does not look at the parameters. */
const enough = 8;

let server: PostgresServer;
let database: string;
/** Every prepared statement that was sent, by name. */
const sent = new Map<string, string>();
let scansBefore: unknown;
let scansAfter: unknown;

const scans = () =>
  server.query(
    `SELECT relname, seq_scan FROM pg_stat_user_tables
     WHERE schemaname = 'public' ORDER BY relname`,
    database,
  );

beforeAll(async () => {
  server = await startPostgres({ durable: false });
  const url = await server.createDatabase();
  database = new URL(url).pathname.slice(1);
  await (await openPostgresStore(url)).close();
  await fill();
  scansBefore = await scans();
  const query = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const { name, text } = given[0] as { name?: string; text?: string };
    if (name !== undefined && text !== undefined) sent.set(name, text);
    return Reflect.apply(query, this, given);
  } as typeof query;
  const store = await openPostgresStore(url, { poolSize: 1 });
  for (let times = 0; times < enough; times++) await everyOperation(store);
  await store.close();
  pg.Client.prototype.query = query;
  scansAfter = await scans();
}, 120_000);
afterAll(() => server.remove());

describe('every statement of the store', () => {
  it('has been seen, under a name', () => {
    expect([...sent.keys()]).toContain('sign_in');
    expect(sent.size).toBeGreaterThan(25);
  });

  it('has a plan without a scan of a table, whatever its parameters are', async () => {
    const scanning: string[] = [];
    for (const [name, text] of sent) {
      const [row] = await server.query(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`, database);
      if (JSON.stringify(row).includes('"Seq Scan"')) scanning.push(name);
    }
    expect(scanning).toEqual([]);
  });

  it('leaves the count of scans where it was, foreign keys and all', () => {
    expect(scansAfter).toEqual(scansBefore);
  });
});

async function fill(): Promise<void> {
  const series = `FROM generate_series(1, ${accounts}) AS n`;
  await server.query(
    `INSERT INTO users SELECT 'u' || n, 'u' || n, 'u' || n, 'U', ${at}, NULL ${series};
     INSERT INTO credentials SELECT 'c' || n, 'u' || n, 'Passkey', 'active', 'k', -7, 0, true, true,
       true, '["internal"]', '', NULL, 'example.org', ${at}, NULL ${series};
     INSERT INTO attestations SELECT 'c' || n, 'none', 'o', 'd' ${series};
     INSERT INTO sessions SELECT 't' || n, 's' || n, 'u' || n, ${at}, ${at}, ${at} + n, true, 'passkey',
       'c' || n, 'a browser' ${series};
     INSERT INTO spent_nonces SELECT sha256(n::text::bytea), ${at} + n, gen_random_uuid()
       FROM generate_series(1, ${nonces}) AS n;
     INSERT INTO audit_entries SELECT 'u' || n, gen_random_uuid(), ${at} + n, 'signed-in', 'c' || n,
       's' || n, '{}' ${series};
     INSERT INTO nonce_horizon SELECT n, 0 ${series};
     INSERT INTO kept_keys SELECT 'k' || n, 'k' ${series}`,
    database,
  );
  await server.query('VACUUM ANALYZE', database);
}

async function everyOperation(store: Store): Promise<void> {
  const signUp = newSignUp();
  const { user, credential, attestation, session } = signUp;
  const { audit } = newSignIn(signUp);
  await store.completeSignUp({ ...signUp, audit });
  const signIn = newSignIn(signUp);
  await store.completeSignIn(signIn);
  await store.completeSignIn({ ...newSignIn(signUp, signIn.session), clears: ['c1'] });
  await store.completeSignIn(signIn).catch(() => {});
  const second = { ...credential, id: newSignUp().credential.id };
  const addition = {
    nonce: newNonce(),
    sessionId: session.id,
    attestation,
    supersedes: null,
    limit: 2,
    audit,
  };
  await store.completeAddition({ ...addition, supersedes: credential.id, credential: second });
  const refusal = { credentialId: credential.id, state: 'suspected-clone', audit } as const;
  await store.recordRefusal({ nonce: newNonce(), ...refusal });
  await store.findUser(user.id);
  await store.findUserByName(signUp.usernameKey);
  await store.listUsers({ limit: 10 });
  await store.listUsers({ search: 'u1', after: 'u12', limit: 10 });
  await store.findCredential(credential.id);
  await store.listCredentials(user.id);
  await store.findSession(session.tokenHash, at);
  await store.listSessions(user.id, at);
  await store.listAudit(user.id, 10);
  await store.keepKey('decoy', new Uint8Array(32));
  const owned = { userId: user.id, id: credential.id, audit };
  await store.renameCredential({ ...owned, name: 'New' });
  await store.setCredentialState({ ...owned, state: 'active' });
  await store.postponeUpgrade({ ...owned, until: at });
  await store.assignPolicy(user.id, 'staff', audit);
  await store.updateAccount({ userId: user.id, displayName: 'New', audit });
  await store.deleteCredential({ ...owned, keepSession: session.id });
  await store.endSession({ ...owned, id: session.id });
  await store.endSessions(user.id, audit);
  await store.disableUser(user.id, at, audit);
  await store.completeSignIn(newSignIn(signUp)).catch(() => {});
  await store.deleteAccount(user.id);
  const open = { disabledAt: null, policy: null };
  const account = { user: { ...user, ...open }, usernameKey: signUp.usernameKey, audit };
  await store.importAccounts([{ ...account, credentials: [credential] }]);
  await store.importAccounts([{ ...account, credentials: [second] }]);
  await store.exportAccounts('u1', 10);
  await store.purge(at, at);
}
