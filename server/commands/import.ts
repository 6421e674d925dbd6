/**
 * `npm run import -- FILE [--dry-run]`: takes over accounts from another server, or from an export. A
 * composition root of its own, which works on the database while servers run.
 *
 * Ends with status 0, 1 if a line was bad or it could not be done, 2 after a usage error (also if there is
 * no FILE or no database), 130 or 143 if a signal stopped it.
 */
import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { parseArguments, UsageError } from './arguments.ts';
import { openDatabase, operatorName, runCommand, stopOnSignals } from './command.ts';
import { type Imported, importAccounts } from './transfer/import.ts';
import { progressOn } from './transfer/progress.ts';
import { type HandleSpelling, handleSpellings } from './transfer/user-handles.ts';

const usage = `Usage: npm run import -- FILE [--dry-run] [--user-handles SPELLING]

  FILE             one account or passkey a line, in JSON; - reads standard input
  --dry-run        says what would come of it and stores nothing
  --user-handles   what a user handle in the file is: base64url; text (the handle is its UTF-8 bytes);
                   uuid (the handle is its sixteen bytes); or hex. Without it, what could be more than
                   one of these is a bad line

It can be stopped and run again at any time: nothing is stored twice. What is wrong with a line is said on
standard error with its number. DATABASE_URL and RP_ID say the same as for the server, which may run.
`;

interface Asked {
  readonly file: string;
  readonly dryRun: boolean;
  readonly userHandles: HandleSpelling | undefined;
}

function parse(args: string[]): Asked | 'help' {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean' },
      'user-handles': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const [file, ...rest] = positionals;
  if (!file || rest.length > 0) throw new UsageError('Expected one FILE.');
  return {
    file,
    dryRun: values['dry-run'] ?? false,
    userHandles: readSpelling(values['user-handles']),
  };
}

function readSpelling(given: string | undefined): HandleSpelling | undefined {
  if (given === undefined) return undefined;
  const known = handleSpellings.find((each) => each === given);
  if (known !== undefined) return known;
  throw new UsageError(`--user-handles is one of ${handleSpellings.join(', ')}.`);
}

/** @throws {UsageError} if it can't be read */
async function input(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  const opened = await open(file).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  return opened.createReadStream();
}

const noDatabase = (message: string) =>
  new UsageError(`${message}\nStart the server once, which makes it, or set DATABASE_URL.`);

function summary(imported: Imported, rpId: string): string {
  const { created, extended, unchanged, corrected, bad, foreign } = imported;
  const again = corrected > 0 ? `, ${corrected} corrected` : '';
  const counts = `${created} accounts created, ${extended} extended, ${unchanged} unchanged${again}; ${bad} bad lines`;
  const note = `${foreign} of the passkeys belong to other RP IDs than ${rpId}.\n`;
  return `${counts}.\n${foreign > 0 ? note : ''}`;
}

async function run({ file, dryRun, userHandles }: Asked): Promise<void> {
  const source = await input(file);
  const { config, store } = await openDatabase(process.env, noDatabase);
  const stopping = stopOnSignals();
  const progress = progressOn(process.stderr, () => performance.now());
  try {
    const imported = await importAccounts(
      {
        store,
        rpId: config.rpId,
        now: Date.now,
        operator: operatorName(process.env),
        userHandles,
        report: progress.say,
        progress: progress.count,
      },
      addAbortSignal(stopping, source),
      { dryRun, stopping },
    );
    progress.end();
    process.stdout.write(`${dryRun ? 'Dry run: ' : ''}${summary(imported, config.rpId)}`);
    if (stopping.aborted) {
      process.stderr.write(`Stopped after line ${imported.lastLine}. Run it again to go on.\n`);
    } else if (imported.bad > 0) {
      process.exitCode = 1;
    }
  } finally {
    await store.close();
  }
}

void runCommand({ usage, parse, run });
