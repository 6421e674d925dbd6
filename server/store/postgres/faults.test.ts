/** What the store makes of connections that are lost, and of transactions in its way. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../testing/postgres.ts';
import { at, newNonce } from '../../testing/records.ts';
import { type Fault, type Relay, startRelay } from '../../testing/relay.ts';
import { newSignIn, newSignUp, type SignUp } from '../../testing/traffic.ts';
import type { Store } from '../store.ts';
import { openPostgresStore } from './open.ts';

const unavailable = expect.objectContaining({ code: 'unavailable' });
const spent = expect.objectContaining({ code: 'challenge_invalid' });

let server: PostgresServer;
let relay: Relay;
let url: string;
let store: Store;
let account: SignUp;
/** Every connection that was lost. */
let lost: Error[];

beforeAll(async () => {
  server = await startPostgres({ settings: { deadlock_timeout: '100ms' } });
}, 60_000);
afterAll(() => server.remove());
beforeEach(async () => {
  relay = await startRelay(server.port);
  url = await server.createDatabase();
  lost = [];
  store = await openPostgresStore(relay.via(url), {
    onConnectionError: (error) => lost.push(error),
  });
  account = newSignUp();
  await store.completeSignUp(account);
});
afterEach(async () => {
  await store.close();
  await relay.close();
});

const sessions = async () => (await store.listSessions(account.user.id, at)).length;
const entries = async () => (await store.listAudit(account.user.id, { limit: 100 })).entries.length;

describe('a connection that is lost', () => {
  it.each(['lost', 'unanswered', 'late'] satisfies Fault[])(
    'with a sign-in that is %s: the sign-in is done once, and acknowledged',
    async (fault) => {
      const { use, ...rest } = newSignIn(account);
      const signIn = { ...rest, use: { ...use, signCount: 7 } };
      const injected = relay.injectFault('sign_in', fault);
      const held = await store.completeSignIn(signIn);
      expect(held).toMatchObject([{ id: signIn.use.id, state: 'active' }]);
      await injected;
      await pause(400);
      expect(await sessions()).toBe(2);
      expect(await entries()).toBe(1);
      expect(await store.findSession(signIn.session.tokenHash, at)).not.toBeNull();
      const replay = { ...newSignIn(account), nonce: signIn.nonce };
      await expect(store.completeSignIn(replay)).rejects.toEqual(spent);
    },
  );

  it.each(['lost', 'unanswered', 'late'] satisfies Fault[])(
    'with a sign-in that replaces a session and is %s: done once, and acknowledged',
    async (fault) => {
      const injected = relay.injectFault('replace_session', fault);
      await store.completeSignIn(newSignIn(account, account.session));
      await injected;
      await pause(400);
      expect(await sessions()).toBe(1);
      expect(await entries()).toBe(1);
    },
  );

  it.each(['lost', 'unanswered', 'late'] satisfies Fault[])(
    'with the COMMIT of a sign-up, which is %s: done once, and acknowledged',
    async (fault) => {
      const other = newSignUp();
      const injected = relay.injectFault('COMMIT\0', fault);
      await store.completeSignUp(other);
      await injected;
      await pause(400);
      expect(await store.findCredential(other.credential.id)).not.toBeNull();
      expect(await store.listSessions(other.user.id, at)).toHaveLength(1);
    },
  );

  it('does not let a second ceremony through that was attempted with the same nonce', async () => {
    const signIn = newSignIn(account);
    await store.completeSignIn(signIn);
    const injected = relay.injectFault('sign_in', 'unanswered');
    const replay = { ...newSignIn(account), nonce: signIn.nonce };
    await expect(store.completeSignIn(replay)).rejects.toEqual(spent);
    await injected;
    expect(await sessions()).toBe(2);
  });

  it('before the COMMIT of a change: the change is made all the same', async () => {
    const { user, credential } = account;
    const injected = relay.injectFault('rename_credential', 'lost');
    const renaming = { userId: user.id, id: credential.id, name: 'New', audit: [] };
    await store.renameCredential(renaming);
    await injected;
    expect((await store.findCredential(credential.id))?.credential.name).toBe('New');
  });

  it('with the COMMIT of a change that can’t be told from another: unavailable', async () => {
    const injected = relay.injectFault('COMMIT\0', 'unanswered');
    const end = { userId: account.user.id, id: account.session.id, appsToo: true, audit: [] };
    await expect(store.endSession(end)).rejects.toEqual(unavailable);
    await injected;
    expect(lost).not.toEqual([]);
  });

  it('in a read, or in the end of an account: done again', async () => {
    const { id } = account.user;
    const reading = relay.injectFault('find_user', 'unanswered');
    expect(await store.findUser(id)).toEqual(account.user);
    await reading;
    const ending = relay.injectFault('delete_user', 'unanswered');
    await store.deleteAccount(id, 0);
    await ending;
    expect(await store.findUser(id)).toBeNull();
  });

  it('by pg_terminate_backend in mid-transaction: rolled back, and done again', async () => {
    await withClient(url, async (other) => {
      await other.query('BEGIN');
      await other.query('SELECT FROM users FOR UPDATE');
      const second = { ...account.credential, id: newSignUp().credential.id };
      const adding = store.completeAddition({
        nonce: newNonce(),
        sessionId: account.session.id,
        credential: second,
        attestation: account.attestation,
        supersedes: null,
        limit: 2,
        audit: [],
      });
      await terminateWaiting(server);
      await other.query('COMMIT');
      await adding;
    });
    expect(await store.listCredentials(account.user.id)).toHaveLength(2);
  });
});

describe('other transactions', () => {
  it('in a deadlock with a ceremony delay it', async () => {
    await withClient(url, async (other) => {
      await other.query('BEGIN');
      await other.query('SELECT FROM sessions FOR UPDATE');
      const signIn = store.completeSignIn(newSignIn(account, account.session));
      await waiting(server);
      await other.query('SELECT FROM credentials FOR UPDATE').catch(() => {});
      await other.query('ROLLBACK');
      await signIn;
    });
    expect(await sessions()).toBe(1);
    expect(await entries()).toBe(1);
  });

  it('that can’t be serialised with it delay it, but not for ever', async () => {
    await raise(url, '40001', 2);
    await store.completeSignIn(newSignIn(account));
    expect(await sessions()).toBe(2);
    await raise(url, '40001', 1000);
    await expect(store.completeSignIn(newSignIn(account))).rejects.toEqual(unavailable);
    expect(await sessions()).toBe(2);
  });

  it('that hold a lock too long make it unavailable, and leave nothing of it', async () => {
    const hasty = await openPostgresStore(url, { statementTimeoutMs: 200 });
    await withClient(url, async (other) => {
      await other.query('BEGIN');
      await other.query('SELECT FROM credentials FOR UPDATE');
      await expect(hasty.completeSignIn(newSignIn(account))).rejects.toEqual(unavailable);
      await other.query('ROLLBACK');
    });
    await hasty.completeSignIn(newSignIn(account));
    expect(await sessions()).toBe(2);
    await hasty.close();
  });
});

async function withClient(to: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(to);
  await client.connect();
  await work(client).finally(() => client.end());
}

/** Waits until a connection waits for a lock. */
async function waiting(on: PostgresServer): Promise<void> {
  const sql = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
  await expect.poll(() => on.query(sql)).toHaveLength(1);
}

async function terminateWaiting(on: PostgresServer): Promise<void> {
  await waiting(on);
  await on.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
  );
}

/** Makes the next attempts to open a session fail with this SQLSTATE. */
async function raise(on: string, sqlState: string, times: number): Promise<void> {
  await withClient(on, async (client) => {
    await client.query(`
      DROP SEQUENCE IF EXISTS failures;
      CREATE SEQUENCE failures;
      CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('failures') <= ${times} THEN
            RAISE EXCEPTION 'not now' USING ERRCODE = '${sqlState}';
          END IF;
          RETURN NEW;
        END $$;
      CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON sessions
        FOR EACH ROW EXECUTE FUNCTION fail()`);
  });
}
