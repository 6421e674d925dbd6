import type { Database } from 'better-sqlite3';

interface Job {
  readonly work: () => void;
  readonly settle: PromiseWithResolvers<void>;
}

/**
 * The floor's group commit: writes of one turn of the event loop share a transaction and an fsync. If one fails, all
 * of them fail.
 */
export function groupCommit(database: Database): (work: () => void) => Promise<void> {
  const waiting: Job[] = [];
  const commit = database.transaction((jobs: readonly Job[]) => {
    for (const { work } of jobs) work();
  });
  function drain(): void {
    const jobs = waiting.splice(0);
    try {
      commit.immediate(jobs);
    } catch (error) {
      for (const { settle } of jobs) settle.reject(error);
      return;
    }
    for (const { settle } of jobs) settle.resolve();
  }
  return (work) => {
    if (waiting.length === 0) setImmediate(drain);
    const settle = Promise.withResolvers<void>();
    waiting.push({ work, settle });
    return settle.promise;
  };
}
