import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newFolder } from '../../testing/folder.ts';
import { examine, newSignUp, type SignUp, startTraffic } from '../../testing/traffic.ts';
import type { Store } from '../store.ts';
import { backUpSqlite, restoreSqlite } from './backup.ts';
import { openSqliteStore } from './open.ts';

let folder: string;
let path: string;
const at = (name: string) => join(folder, name);
const opened: Store[] = [];

function open(file = path): Store {
  const store = openSqliteStore(file);
  opened.push(store);
  return store;
}

async function signUp(store: Store, bytes = 2): Promise<SignUp> {
  const input = newSignUp();
  const attestation = { ...input.attestation, attestationObject: new Uint8Array(bytes) };
  await store.completeSignUp({ ...input, attestation });
  return input;
}

beforeEach(() => {
  folder = newFolder();
  path = at('data/latchkey.db');
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

describe('a backup', () => {
  it('that is stopped on the way leaves nothing', async () => {
    await Promise.all(Array.from({ length: 20 }, () => signUp(open(), 100_000)));
    const stopped = backUpSqlite(path, at('copy.db'), AbortSignal.abort());
    await expect(stopped).rejects.toThrow('Stopped');
    expect(readdirSync(folder)).toEqual(['data']);
  });

  it('made during writes is one moment, with everything acknowledged before it', async () => {
    const store = open();
    // Large enough to be copied in many steps.
    await Promise.all(Array.from({ length: 200 }, () => signUp(store, 100_000)));
    const traffic = await startTraffic(store);
    while (traffic.acknowledged.length < 100) await new Promise(setImmediate);
    for (const file of ['1.db', '2.db', '3.db']) {
      const before = [...traffic.acknowledged];
      const { rows } = await backUpSqlite(path, at(file));
      // The writers were not held up meanwhile.
      expect(traffic.acknowledged.length).toBeGreaterThan(before.length);
      restoreSqlite(at(file), at(`restored/${file}`));
      const restored = open(at(`restored/${file}`));
      const attempted = [...traffic.attempted];
      expect(await examine(restored, { ...traffic, attempted, acknowledged: before })).toEqual({
        lost: 0,
        half: 0,
        twice: 0,
        spendable: 0,
        kept: rows['audit_entries'],
      });
    }
    await traffic.stop();
    expect(traffic.refused.size).toBe(0);
  });

  it('is one file for its owner alone, and the tables of the database', async () => {
    const { user } = await signUp(open());
    const { rows, bytes } = await backUpSqlite(path, at('copy.db'));
    expect(rows).toMatchObject({ users: 1, credentials: 1, sessions: 1, spent_nonces: 1 });
    expect(readdirSync(folder).sort()).toEqual(['copy.db', 'data']);
    expect(statSync(at('copy.db'))).toMatchObject({ size: bytes });
    expect(statSync(at('copy.db')).mode & 0o777).toBe(0o600);
    expect(await open(at('copy.db')).findUser(user.id)).toEqual(user);
  });

  it('overwrites nothing, and leaves nothing where it fails', async () => {
    open();
    writeFileSync(at('taken'), 'mine');
    await expect(backUpSqlite(path, at('taken'))).rejects.toThrow('is there already');
    expect(readFileSync(at('taken'), 'utf8')).toBe('mine');
    await expect(backUpSqlite(at('none.db'), at('copy.db'))).rejects.toThrow(
      'There is no database',
    );
    await expect(backUpSqlite(at('taken'), at('copy.db'))).rejects.toThrow('not a database');
    await expect(backUpSqlite(path, at('no/such/folder'))).rejects.toThrow('ENOENT');
    expect(readdirSync(folder).sort()).toEqual(['data', 'taken']);
  });
});

describe('a restoration', () => {
  it('does not happen beneath a server whose database was removed', async () => {
    const store = open();
    await signUp(store);
    await backUpSqlite(path, at('copy.db'));
    rmSync(path);
    expect(() => restoreSqlite(at('copy.db'), path)).toThrow('Stop the server first');
    expect(existsSync(path)).toBe(false);
    await store.close();
    rmSync(`${path}-wal`, { force: true });
    rmSync(`${path}-shm`, { force: true });
    expect(restoreSqlite(at('copy.db'), path).rows.users).toBe(1);
  });

  async function backup(): Promise<SignUp> {
    const store = open();
    const input = await signUp(store);
    await backUpSqlite(path, at('copy.db'));
    return input;
  }

  it('refuses to replace a database unless told to, and one that is in use', async () => {
    await backup();
    expect(() => restoreSqlite(at('copy.db'), path)).toThrow('--replace');
    const replace = () => restoreSqlite(at('copy.db'), path, { replace: true });
    expect(replace).toThrow('Stop the server first');
    expect(readdirSync(at('data')).filter((name) => /draft|replaced/.test(name))).toEqual([]);
  });

  it('keeps the database that it replaces, with what was only in its log', async () => {
    const { user } = await backup();
    const later = await signUp(opened[0] as Store);
    await opened[0]?.close();
    const { replaced } = restoreSqlite(at('copy.db'), path, { replace: true });
    const store = open();
    expect(await store.findUser(user.id)).toEqual(user);
    expect(await store.findUser(later.user.id)).toBeNull();
    expect(await open(replaced ?? '').findUser(later.user.id)).toEqual(later.user);
  });

  it('replaces a database that can not be read any more', async () => {
    const { user } = await backup();
    await opened[0]?.close();
    writeFileSync(path, 'not a database');
    const { replaced } = restoreSqlite(at('copy.db'), path, { replace: true });
    expect(readFileSync(replaced ?? '', 'utf8')).toBe('not a database');
    expect(await open().findUser(user.id)).toEqual(user);
  });

  it('lets no log outlive its database', async () => {
    const { user } = await backup();
    const later = await signUp(opened[0] as Store);
    const log = readFileSync(`${path}-wal`);
    await opened[0]?.close();
    rmSync(path);
    writeFileSync(`${path}-wal`, log);
    expect(restoreSqlite(at('copy.db'), path).replaced).toBeNull();
    const store = open();
    expect(await store.findUser(user.id)).toEqual(user);
    expect(await store.findUser(later.user.id)).toBeNull();
    expect(readdirSync(at('data')).filter((name) => /\.replaced-.*-wal$/.test(name))).toHaveLength(
      1,
    );
  });

  it.each([
    ['is not there', 'There is no file', () => {}],
    ['is empty', 'not a database of Latchkey', (file: string) => writeFileSync(file, '')],
    [
      'is something else',
      'can not be read',
      (file: string) => writeFileSync(file, 'x'.repeat(999)),
    ],
    [
      'is cut short',
      /can not be read|damaged/,
      (file: string) => writeFileSync(file, readFileSync(at('copy.db')).subarray(0, -4096)),
    ],
    [
      'has a page that was overwritten',
      /can not be read|damaged/,
      (file: string) => {
        const bytes = readFileSync(at('copy.db'));
        writeFileSync(file, bytes.fill(7, 4096 * 3, 4096 * 4));
      },
    ],
    [
      'is the file of a running server',
      'in use',
      (file: string) => {
        for (const part of ['', '-wal']) copyFileSync(path + part, file + part);
      },
    ],
    [
      'is of a newer version',
      'newer version',
      (file: string) => {
        copyFileSync(at('copy.db'), file);
        const database = new Database(file);
        database.exec("INSERT INTO __drizzle_migrations VALUES (99, 'hash', 9e15)");
        database.close();
      },
    ],
  ])('refuses a file that %s', async (_what, refusal, make) => {
    await backup();
    make(at('bad.db'));
    const target = at('elsewhere/latchkey.db');
    expect(() => restoreSqlite(at('bad.db'), target)).toThrow(refusal);
    expect(existsSync(target)).toBe(false);
    expect(existsSync(at('elsewhere')) ? readdirSync(at('elsewhere')) : []).toEqual([]);
  });
});
