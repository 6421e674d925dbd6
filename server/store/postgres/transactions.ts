/**
 * Runs the operations of the store: each on one connection, each one transaction, each again where
 * another attempt is safe, and `unavailable` if the database can't do its work.
 *
 * When is another attempt safe? As long as no COMMIT was sent, a lost connection means that nothing
 * happened: the server rolls back what it can't finish. Serialization failures and deadlocks mean the
 * same, in the server's own words. But a connection that is lost while the COMMIT is on its way says
 * nothing: the transaction may have been committed, or not, or it may yet be, by a server process that
 * has not noticed that we are gone. Looking whether its rows are there proves nothing in the last case,
 * and doing it all again could do it twice. What is done then depends on the operation:
 *
 * - Ceremonies spend a nonce, and a nonce is spent once. The ceremony is simply attempted again. Had the
 *   first attempt been committed, the nonce is spent by this very operation (`spent_by` says so) and the
 *   ceremony is complete. Is it still running, its row of the nonce makes the second attempt wait for its
 *   outcome (within the lock timeout). Does it arrive only later, it finds the nonce spent. So exactly
 *   one of the attempts counts, whatever the network does.
 * - What leaves the same behind however often it is done (reads, purge, the end of an account) is done
 *   again.
 * - Anything else is answered `unavailable`: it may have happened, and a person can look.
 *
 * A COMMIT can also succeed with a warning: the operator cancelled its wait for a synchronous standby.
 * It is then on one machine only, which is less than was asked for, and counts as unknown too.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { RpError } from '../../errors.ts';
import type { Nonce } from '../../records/nonce.ts';
import type { Connection, Connections, Statements } from './connections.ts';
import { type Fate, fateOf, isConflict, isFault, isUnstorableText, originOf } from './failures.ts';
import type { Spending } from './nonces.ts';

const maxAttempts = 4;
const pauseMs = 20;

type Work<Result> = (on: Statements) => Promise<Result>;

interface Options {
  /** No transaction around it: it is one statement, or a few that begin and commit themselves. */
  readonly autocommit?: boolean;
  /** Doing it twice leaves behind what doing it once does. */
  readonly repeatable?: boolean;
  readonly spending?: Spending;
}

/** An attempt that failed for a reason that is not the operation's own. */
class FailedAttempt extends Error {
  readonly fate: Fate;

  constructor(fate: Fate, cause: unknown) {
    super('the attempt failed', { cause });
    this.fate = fate;
  }
}

/** How an operation of the store reaches the statements. */
export type Access = Pick<ReturnType<typeof transactions>, 'read' | 'write' | 'ceremony'>;

/**
 * @param patienceMs no attempt is begun later than this after the first
 * @param onMessages told when messages were written to the outbox
 */
export function transactions(
  connections: Connections,
  patienceMs: number,
  onMessages: () => void = () => {},
) {
  const running = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  async function attempt<Result>(work: Work<Result>, autocommit: boolean): Promise<Result> {
    const connection = await connections.take();
    let committing = autocommit;
    try {
      const result = autocommit
        ? await work(connection.on)
        : await inTransaction(connection, work, () => {
            committing = true;
          });
      if (connection.warned()) throw new Error('the server warned while it committed');
      connection.release();
      if (connection.on.outbox.takeNews()) onMessages();
      return result;
    } catch (error) {
      if (error instanceof RpError) {
        connection.release();
        throw error;
      }
      // After anything but a conflict with others, the connection or its server is not to be trusted.
      connection.release(isConflict(error) ? undefined : new Error('not to be used again'));
      if (isFault(error)) throw originOf(error);
      throw new FailedAttempt(fateOf(error, committing), originOf(error));
    }
  }

  async function operate<Result>(work: Work<Result>, options: Options): Promise<Result> {
    const { autocommit = false, repeatable = false, spending } = options;
    const began = performance.now();
    let inDoubt = false;
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt(work, autocommit);
      } catch (error) {
        if (!(error instanceof FailedAttempt)) {
          if (!inDoubt || spending === undefined || !isSpent(error)) throw error;
          return await settleDoubt(spending, error);
        }
        const safe = error.fate === 'undone' || repeatable || spending !== undefined;
        const late = attempts === maxAttempts || performance.now() - began > patienceMs;
        if (error.fate === 'final' || !safe || late) throw refusalOf(error.cause);
        if (error.fate === 'unknown') inDoubt = true;
        await pause(pauseMs * attempts * (0.5 + Math.random()));
      }
    }
  }

  /** The nonce is spent, and an earlier attempt may have done it. */
  async function settleDoubt<Result>(spending: Spending, refusal: unknown): Promise<Result> {
    const ours = await operate((on) => on.nonces.reclaim(spending), {
      autocommit: true,
      repeatable: true,
    });
    if (!ours) throw refusal;
    return undefined as Result;
  }

  async function track<Result>(operation: () => Promise<Result>): Promise<Result> {
    if (closing !== undefined) throw new RpError('unavailable', { detail: 'the store is closed' });
    const promise = operation();
    running.add(promise);
    try {
      return await promise;
    } finally {
      running.delete(promise);
    }
  }

  return {
    read: <Result>(work: Work<Result>): Promise<Result> =>
      track(() => operate(work, { autocommit: true, repeatable: true })),

    write: <Result>(
      work: Work<Result>,
      options: { autocommit?: boolean; repeatable?: boolean } = {},
    ): Promise<Result> => track(() => operate(work, options)),

    /** Completes the ceremony that spends this nonce, once; undefined if it was found completed. */
    ceremony<Result>(
      nonce: Nonce,
      work: (on: Statements, spending: Spending) => Promise<Result>,
      options: { autocommit?: boolean } = {},
    ): Promise<Result | undefined> {
      const spending: Spending = { nonce, by: randomUUID() };
      return track(() => operate((on) => work(on, spending), { ...options, spending }));
    },

    /** Waits for what runs; what comes later is `unavailable`. */
    close(): Promise<void> {
      closing ??= Promise.allSettled(running).then(() => connections.end());
      return closing;
    },
  };
}

async function inTransaction<Result>(
  { client, on }: Connection,
  work: Work<Result>,
  committing: () => void,
): Promise<Result> {
  // Its answer is waited for: what followed a BEGIN that failed would be committed piece by piece.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  let result: Result;
  try {
    result = await work(on);
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  committing();
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT') throw new Error(`the server answered ${command} to COMMIT`);
  return result;
}

const isSpent = (error: unknown) => error instanceof RpError && error.code === 'challenge_invalid';

function refusalOf(cause: unknown): RpError {
  return isUnstorableText(cause)
    ? new RpError('invalid_request', { detail: 'text that the database can not hold', cause })
    : new RpError('unavailable', { cause });
}
