import { type Database, SqliteError } from 'better-sqlite3';
import { RpError } from '../../errors.ts';

/**
 * Group commit: operations that arrive in the same turn of the event loop share one transaction and
 * one fsync, each still succeeding or failing on its own. If one fails, the group is begun again with a
 * savepoint around each. (Not at once: SQLite copies every page that is written after a savepoint, and
 * operations rarely fail.) So an operation may run twice, and must touch nothing but the database.
 *
 * Nothing is reported as done before the shared COMMIT has returned; when the COMMIT fails, or the
 * database gives the transaction up, every operation of the group is `unavailable`. While another
 * process holds the write lock the group waits its turn without stopping the event loop.
 */
export type Write = <Result>(work: () => Result) => Promise<Result>;

const maxTurns = 8;
const retryMs = 5;
const patienceMs = 5_000;

interface Job {
  readonly work: () => unknown;
  readonly settle: (outcome: Outcome) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

export function groupCommit(database: Database): { write: Write; drain: () => void } {
  let waiting: Job[] = [];
  let giveUpAt = 0;
  const begin = database.prepare<[]>('BEGIN IMMEDIATE');
  const commit = database.prepare<[]>('COMMIT');
  const rollback = database.prepare<[]>('ROLLBACK');
  const savepoint = database.prepare<[]>('SAVEPOINT operation');
  const release = database.prepare<[]>('RELEASE operation');
  const undo = database.prepare<[]>('ROLLBACK TO operation');

  function attempt(job: Job): Outcome {
    savepoint.run();
    try {
      const value = job.work();
      release.run();
      return { value };
    } catch (error) {
      // A full disk can end the whole transaction; then there is no savepoint left to go back to.
      if (!database.inTransaction) throw error;
      undo.run();
      release.run();
      return { error: asUnavailable(error) };
    }
  }

  /** What fails is the whole transaction. */
  function trust(job: Job): Outcome {
    return { value: job.work() };
  }

  /**
   * @param patient whether to come back later when another process is writing
   * @param careful whether each operation has a savepoint of its own
   */
  function drain(patient: boolean, careful = false): void {
    if (waiting.length === 0) return;
    if (patient && isLocked()) {
      setTimeout(drain, retryMs, performance.now() < giveUpAt, careful);
      return;
    }
    const jobs = waiting;
    waiting = [];
    let outcomes: Outcome[];
    try {
      if (!database.inTransaction) begin.run();
      outcomes = jobs.map(careful ? attempt : trust);
      commit.run();
    } catch (error) {
      if (database.inTransaction) rollback.run();
      if (!careful && jobs.length > 1) {
        waiting = jobs;
        drain(patient, true);
        return;
      }
      const failure = { error: asUnavailable(error) };
      outcomes = jobs.map(() => failure);
    }
    for (const [index, job] of jobs.entries()) {
      job.settle(outcomes[index] as Outcome);
    }
  }

  /** Waits while turns bring more work, a few of them at most: a larger group costs little more. */
  function schedule(seen: number, turns: number): void {
    setImmediate(() => {
      if (waiting.length > seen && turns < maxTurns) schedule(waiting.length, turns + 1);
      else drain(true);
    });
  }

  function write<Result>(work: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (waiting.length === 0) {
        giveUpAt = performance.now() + patienceMs;
        schedule(1, 0);
      }
      waiting.push({
        work,
        settle: (outcome) =>
          'error' in outcome ? reject(outcome.error) : resolve(outcome.value as Result),
      });
    });
  }

  /** Takes the write lock, or says that another process has it. */
  function isLocked(): boolean {
    try {
      begin.run();
      return false;
    } catch (error) {
      // Also while it recovers what a process left that was killed (SQLITE_BUSY_RECOVERY).
      return String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY');
    }
  }

  return { write, drain: () => drain(false) };
}

/** What SQLite says about itself means that it can't work now; a refusal, or a fault of ours, stays. */
export function asUnavailable(error: unknown): unknown {
  const isDatabase =
    error instanceof SqliteError || (error instanceof TypeError && /not open/.test(error.message));
  return isDatabase ? new RpError('unavailable', { cause: error }) : error;
}

/** True if what a row refers to is gone. */
export function violatesReference(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'SQLITE_CONSTRAINT_FOREIGNKEY';
}

/** True if a write broke a uniqueness rule; `constraint` names the column, as `table.column`. */
export function violates(error: unknown, constraint: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') &&
    typeof message === 'string' &&
    message.includes(constraint)
  );
}
