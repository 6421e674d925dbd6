/**
 * `npm run backup -- FILE` copies the SQLite database while the server runs; `npm run restore -- FILE` puts
 * a copy in its place. A composition root of its own: it reads the environment as the server does.
 *
 * Ends with status 0 when it is done, 1 when it could not be done, 2 after a usage error.
 */
import { type Config, loadConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { backUpSqlite, type Copied, restoreSqlite } from '../store/sqlite/backup.ts';
import { parseArguments, UsageError } from './arguments.ts';
import { runCommand, stopOnSignals } from './command.ts';

const usage = `Usage: npm run backup -- FILE
       npm run restore -- FILE [--replace]

  backup    copies the SQLite database to FILE, which must not exist yet; the server may run
  restore   makes FILE the database; stop the server first. --replace sets the one that is there aside

DATABASE_URL says which database, as it does for the server.
`;

const say = (text: string) => void process.stdout.write(text);

interface Asked {
  readonly command: 'backup' | 'restore';
  readonly file: string;
  readonly replace: boolean;
}

function parse(args: string[]): Asked | 'help' {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: { replace: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return 'help';
  const { replace = false } = values;
  const [command, file, ...rest] = positionals;
  if (command !== 'backup' && command !== 'restore') {
    throw new UsageError('Expected backup or restore.');
  }
  if (!file || rest.length > 0) throw new UsageError(`${command} takes one FILE.`);
  if (command === 'backup' && replace) {
    throw new UsageError('A backup replaces nothing: --replace is for restore.');
  }
  return { command, file, replace };
}

/** @throws {OperatorError} where the database is no file */
function pathOf({ database }: Config): string {
  if (database.kind === 'file') return database.path;
  throw new OperatorError(
    database.kind === 'memory'
      ? 'A database in memory has no copies.'
      : 'The database is on a PostgreSQL server, which has tools of its own: back it up with\n' +
          '`pg_dump --format=custom --file=FILE "$DATABASE_URL"` or with the server’s own archiving,\n' +
          'and restore it with `pg_restore --dbname="$DATABASE_URL" FILE` into an empty database.',
  );
}

function contentsOf({ rows, bytes }: Copied): string {
  const { users, credentials, sessions, audit_entries: entries } = rows;
  return (
    `${users} accounts, ${credentials} passkeys, ${sessions} sessions, ${entries} audit entries; ` +
    `${(bytes / 1024 / 1024).toFixed(1)} MiB, every page checked`
  );
}

async function run({ command, file, replace }: Asked): Promise<void> {
  const path = pathOf(loadConfig(process.env));
  // Also where it can't stop on the way: half of it must not stay.
  const stopping = stopOnSignals();
  if (command === 'backup') {
    const copied = await backUpSqlite(path, file, stopping);
    say(`Backed up ${path} to ${file}: ${contentsOf(copied)}.\n`);
    return;
  }
  const restored = restoreSqlite(file, path, { replace });
  say(`Restored ${path} from ${file}: ${contentsOf(restored)}.\n`);
  if (restored.replaced !== null) say(`What was there is now ${restored.replaced}.\n`);
  say(
    'Whatever happened after the backup is undone: passkeys deleted since then sign in again, sessions\n' +
      'ended since then live again, accounts disabled since then are open again.\n',
  );
}

void runCommand({ usage, parse, run });
