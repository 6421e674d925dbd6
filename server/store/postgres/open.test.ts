import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewUser } from '../../records/user.ts';
import { copyDatabase, type PostgresServer, startPostgres } from '../../testing/postgres.ts';
import { at, newNonce, newUser } from '../../testing/records.ts';
import { describeStore } from '../../testing/store/contract.ts';
import { expectFoldedNames } from '../../testing/store/folded-names.ts';
import { newSignUp } from '../../testing/traffic.ts';
import { parseDatabaseUrl } from '../location.ts';
import { openStore } from '../open.ts';
import { connect } from './connections.ts';
import { openPostgresStore } from './open.ts';
import * as schema from './schema.ts';

const unavailable = expect.objectContaining({ code: 'unavailable' });

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ durable: false });
}, 60_000);
afterAll(() => server.remove());

describeStore('PostgreSQL', async () =>
  openPostgresStore(await copyDatabase(await server.template())),
);

const nameOf = (url: string) => new URL(url).pathname.slice(1);

describe('a DATABASE_URL', () => {
  it('says which store stands behind it', async () => {
    const url = await server.createDatabase();
    for (const each of [url, url.replace('postgres:', 'postgresql:'), 'file::memory:']) {
      const store = await openStore(parseDatabaseUrl(each));
      await store.ping();
      await store.close();
    }
  });
});

describe('the PostgreSQL database', () => {
  it('has exactly the tables, columns and indexes of the schema', async () => {
    const url = await server.createDatabase();
    await (await openPostgresStore(url)).close();
    const names = async (sql: string) =>
      (await server.query(sql, nameOf(url))).map(({ name }) => name).sort();
    const configs = Object.values(schema).map((table) => getTableConfig(table as PgTable));
    expect(
      await names(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`),
    ).toEqual(configs.map(({ name }) => name).sort());
    for (const { name, columns, indexes } of configs) {
      expect(
        await names(
          `SELECT column_name AS name FROM information_schema.columns WHERE table_name = '${name}'`,
        ),
      ).toEqual(columns.map((column) => column.name).sort());
      expect(
        await names(
          `SELECT indexrelid::regclass::text AS name FROM pg_index
           WHERE indrelid = '${name}'::regclass AND NOT indisprimary`,
        ),
      ).toEqual(indexes.map((index) => index.config.name).sort());
    }
  });

  it('is migrated once by several nodes that start at once', async () => {
    const url = await server.createDatabase();
    const nodes = await Promise.all(Array.from({ length: 5 }, () => openPostgresStore(url)));
    const signUp = newSignUp();
    await nodes[0]?.completeSignUp(signUp);
    for (const node of nodes) expect(await node.findUser(signUp.user.id)).toEqual(signUp.user);
    await Promise.all(nodes.map((node) => node.close()));
    const migrations = 'SELECT hash FROM drizzle.__drizzle_migrations';
    const hashes = (await server.query(migrations, nameOf(url))).map(({ hash }) => hash);
    expect(hashes.length).toBeGreaterThan(1);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('that is up to date is opened by a role that may not change it', async () => {
    const url = await server.createDatabase();
    await (await openPostgresStore(url)).close();
    const reader = new URL(url);
    reader.username = `reader_${nameOf(url)}`;
    await server.query(`CREATE ROLE ${reader.username} LOGIN PASSWORD '${reader.password}'`);
    await server.query(
      `GRANT USAGE ON SCHEMA drizzle TO ${reader.username};
       GRANT SELECT ON ALL TABLES IN SCHEMA drizzle, public TO ${reader.username};
       GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${reader.username}`,
      nameOf(url),
    );
    const store = await openPostgresStore(reader.href);
    const signUp = newSignUp();
    await store.completeSignUp(signUp);
    await store.deleteAccount(signUp.user.id, 0);
    await store.close();
  });

  it.each([
    ['off', 'on'],
    ['local', 'on'],
    ['remote_write', 'on'],
    ['on', 'on'],
    ['remote_apply', 'remote_apply'],
  ])('whose synchronous_commit is %s is committed to with %s', async (given, kept) => {
    const url = await server.createDatabase();
    await server.query(`ALTER DATABASE ${nameOf(url)} SET synchronous_commit = ${given}`);
    const connections = connect(url, {});
    const connection = await connections.take();
    const { rows } = await connection.client.query('SHOW synchronous_commit');
    expect(rows).toEqual([{ synchronous_commit: kept }]);
    connection.release();
    await connections.end();
  });

  it('of a version that did not fold ẞ is brought up to date, and nobody is locked out', async () => {
    const url = await server.createDatabase();
    const store = await openPostgresStore(url);
    await expectFoldedNames('postgres', store, (sql) => server.query(sql, nameOf(url)));
    await store.close();
  });

  it('is purged whole, however much is due', async () => {
    const url = await server.createDatabase();
    const store = await openPostgresStore(url);
    await server.query(
      `INSERT INTO spent_nonces
       SELECT sha256(n::text::bytea), n, gen_random_uuid() FROM generate_series(1, 2500) AS n`,
      nameOf(url),
    );
    const purged = await Promise.all([store.purge(at, 0), store.purge(at, 0)]);
    expect(purged.reduce((sum, each) => sum + each)).toBe(2500);
    await store.close();
  });

  it('refuses text that it can’t hold, and is not called unavailable for it', async () => {
    const store = await openPostgresStore(await server.createDatabase());
    const { credential, ...signUp } = newSignUp();
    const attempt = { ...signUp, credential: { ...credential, attachment: 'a\0b' } };
    await expect(store.completeSignUp(attempt)).rejects.toMatchObject({ code: 'invalid_request' });
    const odd = { ...credential, transports: ['a\0b', '\ud800'] };
    await store.completeSignUp({ ...signUp, nonce: newNonce(), credential: odd });
    const found = await store.findCredential(credential.id);
    expect(found?.credential.transports).toEqual(['a\0b', '\ud800']);
    await store.close();
  });

  it('shows an import no half of what another one stores meanwhile', async () => {
    const url = await server.createDatabase();
    const [store, other] = [await openPostgresStore(url), new pg.Client(url)];
    const [there, ours] = [newUser(), newUser()];
    const accountOf = (user: NewUser) => ({
      ...{ user: { ...user, disabledAt: null, policy: null }, usernameKey: user.username },
      ...{ credentials: [], audit: [] },
    });
    await store.importAccounts([accountOf(there)]);
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT id FROM users FOR UPDATE');
    await other.query(
      `INSERT INTO users SELECT (jsonb_populate_record(there,
         jsonb_build_object('id', $1::text, 'username', $2::text, 'username_key', $2::text))).*
       FROM users AS there`,
      [ours.id, ours.username],
    );
    // Its first statement begins before the other commits, and those after it begin after.
    const importing = store.importAccounts([accountOf(there), accountOf(ours)]);
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
    await expect.poll(() => server.query(waiting)).toHaveLength(1);
    await other.query('COMMIT');
    expect(await importing).toEqual(['unchanged', 'unchanged']);
    await Promise.all([other.end(), store.close()]);
  });

  it('that takes no writes is not ready', async () => {
    const url = await server.createDatabase();
    await (await openPostgresStore(url)).close();
    await server.query(`ALTER DATABASE ${nameOf(url)} SET default_transaction_read_only = on`);
    const store = await openPostgresStore(url);
    await expect(store.ping()).rejects.toEqual(unavailable);
    await expect(store.completeSignUp(newSignUp())).rejects.toEqual(unavailable);
    await store.close();
  });

  it('whose migrations somebody has locked is unavailable, and is not waited for without end', async () => {
    const url = await server.createDatabase();
    await (await openPostgresStore(url)).close();
    const other = new pg.Client(url);
    await other.connect();
    await other.query('BEGIN; LOCK TABLE drizzle.__drizzle_migrations IN ACCESS EXCLUSIVE MODE');
    await expect(openPostgresStore(url, { connectTimeoutMs: 300 })).rejects.toEqual(unavailable);
    await other.end();
    await (await openPostgresStore(url)).close();
  });

  it('that is not there, or has been closed, is unavailable', async () => {
    const url = await server.createDatabase();
    const elsewhere = new URL(url);
    elsewhere.port = '1';
    await expect(openPostgresStore(elsewhere.href)).rejects.toEqual(unavailable);
    await expect(openPostgresStore(`${url}_other`)).rejects.toEqual(unavailable);
    const store = await openPostgresStore(url);
    await store.close();
    await expect(store.ping()).rejects.toEqual(unavailable);
    await expect(store.deleteAccount('x', 0)).rejects.toEqual(unavailable);
  });
});
