/**
 * `npm run export -- FILE`: every account with its passkeys, in the form that the import reads. A
 * composition root of its own, which reads the database while servers run.
 *
 * Guarantees: FILE is there only when it is complete, and readable for its owner alone; nothing is
 * overwritten. Ends with status 0, 1 if it could not be done, 2 after a usage error, 130 or 143
 * if a signal stopped it.
 */
import { createWriteStream, existsSync } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperatorError } from '../errors.ts';
import { createFile } from '../files.ts';
import type { Store } from '../store/store.ts';
import { parseArguments, UsageError } from './arguments.ts';
import { openDatabase, runCommand, stopOnSignals } from './command.ts';
import { type Exported, exportLines } from './transfer/export.ts';
import { progressOn } from './transfer/progress.ts';

const usage = `Usage: npm run export -- FILE

  FILE   where to write one account a line, in JSON; it must not exist yet. - writes standard output

Sessions, audit, attestations and tokens of Apple are not part of it. DATABASE_URL says which database, as it does for the
server, which may run.
`;

interface Asked {
  readonly file: string;
}

function parse(args: string[]): Asked | 'help' {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return 'help';
  const [file, ...rest] = positionals;
  if (!file || rest.length > 0) throw new UsageError('Expected one FILE.');
  return { file };
}

async function write(store: Store, output: Writable, stop: AbortSignal): Promise<Exported> {
  const exported: Exported = { accounts: 0, passkeys: 0 };
  const progress = progressOn(process.stderr, () => performance.now());
  try {
    const lines = exportLines({ store, progress: progress.count }, exported);
    // Standard output is the caller's, and stays open.
    await pipeline(Readable.from(lines), output, { signal: stop, end: output !== process.stdout });
    return exported;
  } finally {
    progress.end();
  }
}

async function writeFile(store: Store, file: string, stop: AbortSignal): Promise<Exported> {
  if (existsSync(file)) throw new OperatorError(`${file} is there already.`);
  let exported: Exported = { accounts: 0, passkeys: 0 };
  const isMade = await createFile(file, async (draft) => {
    exported = await write(store, createWriteStream(draft), stop);
  });
  if (!isMade) throw new OperatorError(`${file} is there already.`);
  return exported;
}

async function run({ file }: Asked): Promise<void> {
  const { store } = await openDatabase(process.env);
  const stopping = stopOnSignals();
  try {
    const { accounts, passkeys } =
      file === '-'
        ? await write(store, process.stdout, stopping)
        : await writeFile(store, file, stopping);
    process.stderr.write(`Exported ${accounts} accounts with ${passkeys} passkeys.\n`);
  } catch (error) {
    if (!stopping.aborted) throw error;
    process.stderr.write('Stopped. Nothing was kept.\n');
  } finally {
    await store.close();
  }
}

void runCommand({ usage, parse, run });
