import { parseArgs } from 'node:util';

/** The options of the command line. */
export interface Options {
  /** The measured time of one window. */
  readonly seconds: number;
  /** The number of windows for each server. */
  readonly rounds: number;
  /** Long enough for the JIT compiler to optimise the programs: some ten thousand ceremonies. */
  readonly warmUpSeconds: number;
  readonly connections: number;
  readonly workers: number;
  readonly database: 'sqlite' | 'postgres';
  /** A PostgreSQL server on which the run may make databases; undefined: it starts its own. */
  readonly databaseUrl: string | undefined;
  /** Undefined compares with the floor; a number compares this many accounts with a thousand. */
  readonly accounts: number | undefined;
  /** Compares VAULT=on with VAULT=off, after the time from a tap to the open vault. */
  readonly vault: boolean;
  /** The number of sign-ins that are timed in a browser. */
  readonly taps: number;
  /** Whether sign-ins name the user. */
  readonly named: boolean;
  /** Whether sign-in for apps is compared with oidc-provider alone. */
  readonly apps: boolean;
  readonly logLevel: string;
  readonly profile: boolean;
  /** A file for the figures as JSON; `-` prints them instead of the table. */
  readonly json: string | undefined;
}

export const usage = `npm run bench -- [options]
  --seconds N        measured seconds of each window (2)
  --rounds N         turns of each server, one after the other (10)
  --warm-up N        seconds of load on each server before (10)
  --connections N    ceremonies in flight (32)
  --workers N        server processes (1)
  --database NAME    sqlite, or postgres: a server is started for the run (sqlite)
  --database-url URL postgres://… of a server that is there; the run makes its own databases
  --accounts N       seeds N accounts through the store and compares them with a thousand
  --vault            compares sign-ins with VAULT=on and with VAULT=off, and before that times in Chromium
                     how long it takes from the tap that signs in until the vault is open
  --taps N           sign-ins that are timed there (200)
  --apps             compares sign-in for apps with oidc-provider on its own memory adapter
  --named            signs in with a user name
  --log-level LEVEL  LOG_LEVEL of the server (info, its default)
  --profile          says where the server's time goes
  --json FILE        writes the figures as JSON; - means stdout, without the table
  --help             prints this
`;

/** @throws {TypeError} if the command line is wrong; the message says why */
export function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '10' },
      'warm-up': { type: 'string', default: '10' },
      connections: { type: 'string', default: '32' },
      workers: { type: 'string', default: '1' },
      database: { type: 'string' },
      'database-url': { type: 'string' },
      accounts: { type: 'string' },
      vault: { type: 'boolean', default: false },
      taps: { type: 'string', default: '200' },
      named: { type: 'boolean', default: false },
      apps: { type: 'boolean', default: false },
      'log-level': { type: 'string', default: 'info' },
      profile: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const databaseUrl = values['database-url'];
  const database = values.database ?? (databaseUrl === undefined ? 'sqlite' : 'postgres');
  if (database !== 'sqlite' && database !== 'postgres') {
    throw new TypeError('--database: expected sqlite or postgres');
  }
  return {
    seconds: wholeNumber('seconds', values.seconds),
    rounds: wholeNumber('rounds', values.rounds),
    warmUpSeconds: wholeNumber('warm-up', values['warm-up']),
    connections: wholeNumber('connections', values.connections),
    workers: wholeNumber('workers', values.workers),
    database,
    databaseUrl,
    accounts: values.accounts === undefined ? undefined : wholeNumber('accounts', values.accounts),
    vault: values.vault,
    taps: wholeNumber('taps', values.taps),
    named: values.named,
    apps: values.apps,
    logLevel: values['log-level'],
    profile: values.profile,
    json: values.json,
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name}: expected 1 or more`);
  return value;
}
