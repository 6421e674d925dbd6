/**
 * Reads accounts line by line and stores them in batches, each one transaction.
 *
 * Guarantees: memory does not grow with the file; a line is stored wholly or named with its number and
 * reason; doing it again, whole or after an interruption, stores nothing twice and misses nothing.
 */
import type { ImportedAccount, ImportOutcome } from '../../records/imported-account.ts';
import type { Store } from '../../store/store.ts';
import { readLines } from './lines.ts';
import { type ImportContext, lineParser } from './parse-line.ts';

export interface ImportDeps extends ImportContext {
  readonly store: Store;
  /** Told of every bad line, as `line 17: reason`. */
  readonly report: (problem: string) => void;
  /** Told of the accounts read so far, after every batch. */
  readonly progress: (accounts: number) => void;
}

/** How many lines came to what. */
export interface Imported {
  readonly created: number;
  readonly extended: number;
  readonly unchanged: number;
  /** Accounts that nobody had used yet, made anew under another user handle. */
  readonly corrected: number;
  readonly bad: number;
  /** Passkeys of lines that were not bad which belong to other RP IDs than the server's. */
  readonly foreign: number;
  /** Every line up to this one has been dealt with. */
  readonly lastLine: number;
}

interface Numbered {
  readonly number: number;
  readonly account: ImportedAccount;
}

/** Short enough that a server on the same database waits for none of them. */
const batchSize = 500;

/** Lines of one account are stored together, if they are not too many. */
function isFull(batch: readonly Numbered[], next: ImportedAccount): boolean {
  const isOneAccount = batch.at(-1)?.account.user.id === next.user.id;
  return batch.length >= (isOneAccount ? 2 * batchSize : batchSize);
}

const refusals: Readonly<Partial<Record<ImportOutcome, string>>> = {
  username_taken: 'username: taken by an account with another user handle',
  credential_exists: 'credentials: one of them is another account’s',
  apple_taken: 'apple: the person is linked with another account',
};

/**
 * @param stopping where it is aborted, what was read is still stored; the chunks may end with an error then
 */
export async function importAccounts(
  deps: ImportDeps,
  chunks: AsyncIterable<Uint8Array>,
  { dryRun, stopping }: { readonly dryRun: boolean; readonly stopping: AbortSignal },
): Promise<Imported> {
  const { store, report, progress } = deps;
  const parse = lineParser(deps);
  const counts = { created: 0, extended: 0, unchanged: 0, corrected: 0, bad: 0, foreign: 0 };
  let lastLine = 0;
  let read = 0;

  function refuse(number: number, problems: readonly string[]): void {
    counts.bad += 1;
    report(`line ${number}: ${problems.join('; ')}`);
  }

  function settle({ number, account }: Numbered, outcome: ImportOutcome): void {
    const refusal = refusals[outcome];
    if (refusal !== undefined) {
      refuse(number, [refusal]);
      return;
    }
    counts[outcome as 'created' | 'extended' | 'unchanged' | 'corrected'] += 1;
    counts.foreign += account.credentials.filter(({ rpId }) => rpId !== deps.rpId).length;
  }

  async function storeAll(batch: readonly Numbered[]): Promise<void> {
    const accounts = batch.map(({ account }) => account);
    const outcomes = await store.importAccounts(accounts, { dryRun });
    for (const [index, each] of batch.entries()) settle(each, outcomes[index] as ImportOutcome);
    read += batch.length;
    progress(read);
  }

  let batch: Numbered[] = [];
  try {
    for await (const line of readLines(chunks)) {
      const parsed = 'text' in line ? parse(line.text) : { problems: [line.problem] };
      if ('problems' in parsed) refuse(line.number, parsed.problems);
      else {
        if (isFull(batch, parsed)) {
          await storeAll(batch);
          batch = [];
        }
        batch.push({ number: line.number, account: parsed });
      }
      lastLine = line.number;
    }
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
  if (batch.length > 0) await storeAll(batch);
  return { ...counts, lastLine };
}
