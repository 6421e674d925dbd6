import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { User } from '../../records/user.ts';
import { entry } from '../../testing/records.ts';
import { describeStore } from '../../testing/store/contract.ts';
import { expectFoldedNames } from '../../testing/store/folded-names.ts';
import { signedUp } from '../../testing/stored-accounts.ts';
import { newSignUp } from '../../testing/traffic.ts';
import type { Store } from '../store.ts';
import { openSqliteStore } from './open.ts';
import * as schema from './schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'));
let files = 0;
const newPath = () => join(folder, `deep/${files++}.db`);
afterAll(() => rmSync(folder, { recursive: true }));

describeStore('SQLite', async () => openSqliteStore(newPath()));

it('a backlog of what has expired is purged in many turns of the event loop, a part in each', async () => {
  const path = newPath();
  const store = openSqliteStore(path);
  const backlog = 2_500;
  for (let made = 0; made < backlog; made += 500) {
    await Promise.all(
      Array.from({ length: 500 }, () => store.completeSignUp({ ...newSignUp(), audit: [] })),
    );
  }
  const other = new Database(path, { readonly: true });
  const count = other.prepare<[], { left: number }>(
    'SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM spent_nonces) AS left',
  );
  const seen: number[] = [];
  let isDone = false;
  const look = () => {
    if (isDone) return;
    seen.push(count.get()?.left ?? 0);
    setImmediate(look);
  };
  look();
  const removed = await store.purge(Number.MAX_SAFE_INTEGER / 2, 0);
  seen.push(count.get()?.left ?? 0);
  isDone = true;
  expect(removed).toBe(2 * backlog);
  const steps = seen.map((left, index) => (seen[index - 1] ?? left) - left);
  expect(Math.max(...steps)).toBeLessThanOrEqual(500);
  expect(steps.filter((step) => step > 0)).toHaveLength(10);
  other.close();
  await store.close();
});

describe('a very long history in the SQLite store', () => {
  async function longHistory(store: Store): Promise<string> {
    const { user } = await signedUp(store);
    const audit = Array.from({ length: 10_000 }, () => entry(user.id));
    await store.updateAccount({ userId: user.id, audit });
    return user.id;
  }
  const entriesOf = async (store: Store, userId: string) =>
    (await store.listAudit(userId, { limit: 20_000 })).entries.length;

  it('is deleted in several turns of the event loop', async () => {
    const store = openSqliteStore(newPath());
    const userId = await longHistory(store);
    let turns = 0;
    let isGone = false;
    const count = () => {
      turns += 1;
      if (!isGone) setImmediate(count);
    };
    setImmediate(count);
    await store.deleteAccount(userId, 0);
    isGone = true;
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(await entriesOf(store, userId)).toBe(0);
    await store.close();
  });

  it('that a process left half deleted goes with the next purge, of that life alone', async () => {
    const path = newPath();
    const killed = openSqliteStore(path);
    const userId = await longHistory(killed);
    const user = await killed.findUser(userId);
    void killed.deleteAccount(userId, 0).catch(() => {});
    // The first transaction is done as it closes, and nothing after it.
    await killed.close();
    const store = openSqliteStore(path);
    expect(await store.findUser(userId)).toBeNull();
    expect(await entriesOf(store, userId)).toBe(10_001 - 2_000);
    const account = { user: user as User, usernameKey: 'again', credentials: [] };
    const audit = [entry(userId, 'account-imported')];
    expect(await store.importAccounts([{ ...account, audit }])).toEqual(['created']);
    await store.purge(0, 0);
    expect((await store.listAudit(userId, { limit: 9 })).entries).toEqual(audit);
    await store.close();
  });
});

describe('the SQLite file', () => {
  it('of a version that did not fold ẞ is brought up to date, and nobody is locked out', async () => {
    const path = newPath();
    const store = openSqliteStore(path);
    await expectFoldedNames('sqlite', store, async (sql) => {
      const database = new Database(path);
      database.exec(sql);
      database.close();
    });
    await store.close();
  });

  it('has exactly the tables, columns and indexes of the schema', () => {
    const path = newPath();
    void openSqliteStore(path).close();
    const database = new Database(path);
    const names = (sql: string) =>
      database
        .prepare<[], { name: string }>(sql)
        .all()
        .map(({ name }) => name)
        .sort();
    const tables = Object.values(schema) as SQLiteTable[];
    const configs = tables.map((table) => getTableConfig(table));
    expect(
      names(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
      ),
    ).toEqual(configs.map(({ name }) => name).sort());
    for (const { name, columns, indexes } of configs) {
      expect(names(`SELECT name FROM pragma_table_info('${name}')`)).toEqual(
        columns.map((column) => column.name).sort(),
      );
      expect(names(`SELECT name FROM pragma_index_list('${name}') WHERE origin = 'c'`)).toEqual(
        indexes.map((index) => index.config.name).sort(),
      );
    }
    database.close();
  });

  it('is in WAL mode, and opens again with what it held', async () => {
    const path = newPath();
    await openSqliteStore(path).close();
    const database = new Database(path);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    database.close();
    const again = openSqliteStore(path);
    await expect(again.ping()).resolves.toBeUndefined();
    await again.close();
  });

  it('of another program is refused, and stays as it was', () => {
    const path = join(folder, 'foreign.db');
    const foreign = new Database(path);
    foreign.exec('CREATE TABLE users (name)');
    foreign.close();
    const before = readFileSync(path);
    expect(() => openSqliteStore(path)).toThrow('another program');
    expect(readFileSync(path)).toEqual(before);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it('that was removed or replaced beneath the server is not ready', async () => {
    const path = newPath();
    const store = openSqliteStore(path);
    await expect(store.ping()).resolves.toBeUndefined();
    renameSync(path, `${path}.old`);
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
    copyFileSync(`${path}.old`, path);
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
    renameSync(`${path}.old`, path);
    await expect(store.ping()).resolves.toBeUndefined();
    await store.close();
  });

  it('that has been closed answers unavailable, to reads and writes', async () => {
    const store = openSqliteStore(newPath());
    await store.close();
    const unavailable = expect.objectContaining({ code: 'unavailable' });
    await expect(store.ping()).rejects.toEqual(unavailable);
    await expect(store.findUser('x')).rejects.toEqual(unavailable);
    await expect(store.deleteAccount('x', 0)).rejects.toEqual(unavailable);
  });
});
