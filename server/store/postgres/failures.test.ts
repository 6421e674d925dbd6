import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { fateOf, originOf } from './failures.ts';

function databaseError(sqlState: string): Error {
  const error = new pg.DatabaseError('a text that nobody reads', 0, 'error');
  error.code = sqlState;
  return error;
}

describe('the fate of a transaction whose statement failed with', () => {
  it.each([
    ['40001', 'undone', 'undone'],
    ['40P01', 'undone', 'undone'],
    ['40003', 'undone', 'unknown'],
    ['57P01', 'undone', 'unknown'],
    ['57P03', 'undone', 'unknown'],
    ['25P03', 'undone', 'unknown'],
    ['08006', 'undone', 'unknown'],
    ['57014', 'final', 'final'],
    ['55P03', 'final', 'final'],
    ['53100', 'final', 'final'],
    ['25006', 'final', 'final'],
    ['42P01', 'final', 'final'],
  ])('%s is %s before the COMMIT and %s with it', (sqlState, before, during) => {
    const error = databaseError(sqlState);
    expect([fateOf(error, false), fateOf(error, true)]).toEqual([before, during]);
    const wrapped = new DrizzleQueryError('SELECT $1', ['a secret'], error);
    expect([fateOf(wrapped, false), fateOf(wrapped, true)]).toEqual([before, during]);
  });

  it('the end of its connection is undone before the COMMIT and unknown with it', () => {
    const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect([fateOf(error, false), fateOf(error, true)]).toEqual(['undone', 'unknown']);
  });
});

it('what is reported of a failure is without the parameters of its statement', () => {
  const error = databaseError('53100');
  expect(originOf(new DrizzleQueryError('SELECT $1', ['a secret'], error))).toBe(error);
});
