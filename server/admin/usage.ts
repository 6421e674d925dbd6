import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

export const usage = `Usage: npm run admin -- COMMAND [OPTIONS]

  accounts [--search TEXT] [--after KEY] [--limit N]   accounts in the order of their user names
  account ACCOUNT                                      names, passkeys, sessions
  sessions ACCOUNT                                     where it is signed in
  audit ACCOUNT [--limit N]                            what happened to it, latest first
  end-sessions ACCOUNT                                 signs it out everywhere
  disable ACCOUNT                                      signs it out and lets nobody sign in to it
  enable ACCOUNT                                       lets its owner sign in again

ACCOUNT is a user name or an account ID; --by name or --by id says which.
--json prints JSON. DATABASE_URL says which database, as it does for the server, which may run.
`;

/** The command line is not as it must be; the text says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Page {
  readonly search: string | undefined;
  readonly after: string | undefined;
  readonly limit: number;
}

export interface AccountName {
  readonly text: string;
  readonly by: 'name' | 'id' | undefined;
}

export type Asked = { readonly json: boolean } & (
  | { readonly command: 'help' }
  | { readonly command: 'accounts'; readonly page: Page }
  | { readonly command: 'audit'; readonly account: AccountName; readonly limit: number }
  | {
      readonly command: 'account' | 'sessions' | 'end-sessions' | 'disable' | 'enable';
      readonly account: AccountName;
    }
);

/** What each command takes beside `--json`; those but the first name an account. */
const optionsOf = {
  accounts: ['search', 'after', 'limit'],
  account: ['by'],
  sessions: ['by'],
  audit: ['by', 'limit'],
  'end-sessions': ['by'],
  disable: ['by'],
  enable: ['by'],
} as const;

/** @throws {UsageError} */
export function parseCommand(args: readonly string[]): Asked {
  const [command = '', ...rest] = args;
  if (/^(--help|-h|help)$/.test(command)) return { command: 'help', json: false };
  if (!isCommand(command)) {
    throw new UsageError(
      command === '' ? 'A command is missing.' : `There is no command ${command}.`,
    );
  }
  const { json, positionals, option } = parse(command, rest);
  if (command === 'accounts') {
    if (positionals.length > 0) throw new UsageError('accounts takes options only.');
    const [search, after] = [option('search'), option('after')];
    return { command, json, page: { search, after, limit: limitOf(option('limit'), 50) } };
  }
  const [text, ...more] = positionals;
  if (!text || more.length > 0) throw new UsageError(`${command} takes one account.`);
  const account = { text, by: byOf(option('by')) };
  return command === 'audit'
    ? { command, json, account, limit: limitOf(option('limit'), 20) }
    : { command, json, account };
}

type Command = keyof typeof optionsOf;

function isCommand(text: string): text is Command {
  return Object.hasOwn(optionsOf, text);
}

function parse(command: Command, args: string[]) {
  const own = optionsOf[command].map((name) => [name, { type: 'string' }] as const);
  const options: ParseArgsOptionsConfig = { ...Object.fromEntries(own), json: { type: 'boolean' } };
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    return {
      positionals,
      json: values['json'] === true,
      option: (name: string) => {
        const value = values[name];
        return typeof value === 'string' ? value : undefined;
      },
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function limitOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError('--limit is a number from 1 to 9999.');
}

function byOf(text: string | undefined): AccountName['by'] {
  if (text === undefined || text === 'name' || text === 'id') return text;
  throw new UsageError('--by is name or id.');
}
