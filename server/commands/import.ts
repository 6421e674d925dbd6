/**
 * `npm run import -- FILE [--dry-run]`: takes over accounts from another server, or from an export. A
 * composition root of its own, which works on the database while servers run.
 *
 * Ends with status 0, 1 where a line was bad or it could not be done, 2 where it was asked the wrong way,
 * 130 or 143 where a signal stopped it.
 */
import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { openDatabase, operatorName, runCommand, stopOnSignals } from './command.ts';
import { type Imported, importAccounts } from './transfer/import.ts';
import { progressOn } from './transfer/progress.ts';

const usage = `Usage: npm run import -- FILE [--dry-run]

  FILE        one account or passkey a line, in JSON; - reads standard input
  --dry-run   says what would come of it and stores nothing

It can be stopped and run again at any time: nothing is stored twice. What is wrong with a line is said on
standard error with its number. DATABASE_URL and RP_ID say the same as for the server, which may run.
`;

interface Asked {
  readonly file: string;
  readonly dryRun: boolean;
}

function parse(args: string[]): Asked | 'help' | null {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return 'help';
  const [file, ...rest] = positionals;
  return file && rest.length === 0 ? { file, dryRun: values['dry-run'] ?? false } : null;
}

async function input(file: string): Promise<Readable> {
  return file === '-' ? process.stdin : (await open(file)).createReadStream();
}

function summary({ created, extended, unchanged, bad, foreign }: Imported, rpId: string): string {
  const counts = `${created} accounts created, ${extended} extended, ${unchanged} unchanged; ${bad} bad lines`;
  const note = `${foreign} of the passkeys belong to other RP IDs than ${rpId}.\n`;
  return `${counts}.\n${foreign > 0 ? note : ''}`;
}

async function run({ file, dryRun }: Asked): Promise<void> {
  const source = await input(file);
  const { config, store } = await openDatabase(process.env);
  const stopping = stopOnSignals();
  const progress = progressOn(process.stderr, () => performance.now());
  try {
    const imported = await importAccounts(
      {
        store,
        rpId: config.rpId,
        now: Date.now,
        operator: operatorName(process.env),
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

runCommand({ usage, parse, run });
