import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { RpError } from '../../errors.ts';
import { newFolder } from '../../testing/folder.ts';
import { groupCommit, type Write } from './group-commit.ts';

let statements: string[];
let database: Database.Database;
let write: Write;
let drain: () => void;
const insert = (value: number) => () => database.prepare('INSERT INTO t VALUES (?)').run(value);
const held = () => database.prepare('SELECT v FROM t ORDER BY v').pluck().all();

beforeEach(() => {
  statements = [];
  database = new Database(':memory:', { verbose: (sql) => statements.push(String(sql)) });
  database.exec('CREATE TABLE t (v INTEGER PRIMARY KEY)');
  ({ write, drain } = groupCommit(database));
  statements.length = 0;
});

/** Ours, and another process’s as it were: on one file, open until the test is over. */
function twoConnections(): [Database.Database, Database.Database] {
  const path = join(newFolder(), 'test.db');
  const [ours, theirs] = [new Database(path, { timeout: 0 }), new Database(path)];
  ours.pragma('journal_mode = WAL');
  onTestFinished(() => {
    ours.close();
    theirs.close();
  });
  return [ours, theirs];
}

describe('group commit', () => {
  it('puts what arrives in one turn into one transaction', async () => {
    await Promise.all([1, 2, 3].map((value) => write(insert(value))));
    expect(statements.filter((sql) => sql === 'COMMIT')).toHaveLength(1);
    expect(held()).toEqual([1, 2, 3]);
    await write(insert(4));
    expect(statements.filter((sql) => sql === 'COMMIT')).toHaveLength(2);
  });

  it('lets each operation fail on its own, wholly', async () => {
    const refusal = new RpError('username_taken');
    const outcomes = await Promise.allSettled([
      write(insert(1)),
      write(() => {
        insert(2)();
        throw refusal;
      }),
      write(insert(1)),
      write(insert(3)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBe(refusal);
    expect((outcomes[2] as PromiseRejectedResult).reason.code).toBe('unavailable');
    expect(held()).toEqual([1, 3]);
  });

  it('puts savepoints around its operations only when one of them failed', async () => {
    const savepoints = () => statements.filter((sql) => sql.startsWith('SAVEPOINT')).length;
    await Promise.all([1, 2, 3].map((value) => write(insert(value))));
    expect(savepoints()).toBe(0);
    await Promise.allSettled([4, 1, 5].map((value) => write(insert(value))));
    expect(savepoints()).toBe(3);
    expect(held()).toEqual([1, 2, 3, 4, 5]);
  });

  it('is patient again when another process writes before its second attempt', async () => {
    const [ours, theirs] = twoConnections();
    ours.exec('CREATE TABLE t (v UNIQUE)');
    const group = groupCommit(ours);
    let attempts = 0;
    const outcomes = Promise.allSettled([
      group.write(() => ours.exec('INSERT INTO t VALUES (1)')),
      group.write(() => {
        if (attempts++ > 0) throw new RpError('username_taken');
        // What comes after it: the lock is another’s by the time that the group begins again.
        setImmediate(() => theirs.exec('COMMIT'));
        ours.exec('ROLLBACK');
        theirs.exec('BEGIN IMMEDIATE');
        throw new RpError('username_taken');
      }),
    ]);
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(attempts).toBe(2);
    expect(theirs.prepare('SELECT count(*) FROM t').pluck().get()).toBe(1);
  });

  it('reports nothing as done when the commit fails', async () => {
    database.exec('CREATE TABLE parent (id INTEGER PRIMARY KEY)');
    database.exec('CREATE TABLE child (p REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)');
    database.pragma('foreign_keys = ON');
    const outcomes = await Promise.allSettled([
      write(insert(1)),
      // A deferred foreign key is looked at by COMMIT and by nothing before it.
      write(() => database.exec('INSERT INTO child VALUES (7)')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(held()).toEqual([]);
    await write(insert(2));
    expect(held()).toEqual([2]);
  });

  it('reports nothing as done when the database gives the transaction up', async () => {
    const outcomes = await Promise.allSettled([
      write(insert(1)),
      write(() => {
        database.exec('ROLLBACK');
        throw new Error('database or disk is full');
      }),
      write(insert(3)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(held()).toEqual([]);
    await write(insert(4));
    expect(held()).toEqual([4]);
  });

  it('waits for another process that is writing, without stopping the event loop', async () => {
    const [ours, theirs] = twoConnections();
    ours.exec('CREATE TABLE t (v)');
    theirs.exec('BEGIN IMMEDIATE');
    let turns = 0;
    let done = false;
    const writing = groupCommit(ours)
      .write(() => ours.exec('INSERT INTO t VALUES (1)'))
      .then(() => {
        done = true;
      });
    while (turns < 20) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      turns++;
    }
    expect(done).toBe(false);
    theirs.exec('COMMIT');
    await writing;
    expect(theirs.prepare('SELECT count(*) FROM t').pluck().get()).toBe(1);
  });

  it('leaves a fault of our own what it is', async () => {
    const fault = new TypeError('a fault');
    await expect(
      write(() => {
        throw fault;
      }),
    ).rejects.toBe(fault);
  });

  it('does what is waiting when it is drained', async () => {
    const waiting = write(insert(1));
    drain();
    expect(held()).toEqual([1]);
    await waiting;
  });
});
