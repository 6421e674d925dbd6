/**
 * What a failure means for the operation in which it happened: was anything committed, and is it worth
 * another attempt. Decided by SQLSTATE alone, never by the text of a message.
 */
import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';

/**
 * - `undone`: certainly not committed, and another attempt may succeed;
 * - `unknown`: the connection was lost while it was being committed;
 * - `final`: certainly not committed, and another attempt would fail as well.
 */
export type Fate = 'undone' | 'unknown' | 'final';

/** serialization_failure, deadlock_detected: the server asks for another attempt. */
const conflicts = new Set(['40001', '40P01']);

/**
 * Connection exceptions, the server's shutdown and crash, and its timeouts for idle connections: what
 * the server says before it hangs up. statement_completion_unknown is CockroachDB's way of saying so.
 */
const hangsUp = /^(08...|57P0[1-5]|25P0[34]|40003)$/;

/** The server's or the driver's own error: drizzle's says the parameters too, which no log should. */
export function originOf(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error;
}

/** A mistake in the program, which no other attempt mends and no operator can. */
export function isFault(error: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some(
    (kind) => originOf(error) instanceof kind,
  );
}

function sqlState(error: unknown): string | undefined {
  const origin = originOf(error);
  return origin instanceof pg.DatabaseError ? origin.code : undefined;
}

/** @param committing the COMMIT was on its way, so that silence does not mean that nothing happened */
export function fateOf(error: unknown, committing: boolean): Fate {
  const state = sqlState(error);
  if (state !== undefined && conflicts.has(state)) return 'undone';
  // Whatever is not the server's own answer is the connection's end.
  if (state === undefined || hangsUp.test(state)) return committing ? 'unknown' : 'undone';
  return 'final';
}

/** The server chose this transaction to give way to another one. */
export function isConflict(error: unknown): boolean {
  return conflicts.has(sqlState(error) ?? '');
}

/** unique_violation */
export function violatesUniqueness(error: unknown): boolean {
  return sqlState(error) === '23505';
}

/** foreign_key_violation: what a row refers to is gone. */
export function violatesReference(error: unknown): boolean {
  return sqlState(error) === '23503';
}

/** character_not_in_repertoire: text that no PostgreSQL column can hold, such as U+0000. */
export function isUnstorableText(error: unknown): boolean {
  return sqlState(error) === '22021';
}
