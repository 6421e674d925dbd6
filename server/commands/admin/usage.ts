import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

export const usage = `Usage: npm run admin -- COMMAND [OPTIONS]

  accounts [--search TEXT] [--after KEY] [--limit N]   accounts in the order of their user names
  account ACCOUNT                                      names, passkeys, sessions
  sessions ACCOUNT                                     where it is signed in
  audit ACCOUNT [--limit N]                            what happened to it, latest first
  policy ACCOUNT NAME                                  which passkeys it may have: a policy, or default
  revoke-credential ACCOUNT CREDENTIAL                 makes a passkey unknown and ends its sessions
  restore-credential ACCOUNT CREDENTIAL                makes a passkey active, whatever it was
  end-sessions ACCOUNT                                 signs it out everywhere
  disable ACCOUNT                                      signs it out and lets nobody sign in to it
  enable ACCOUNT                                       lets its owner sign in again
  move                                                 how many passkeys have come to RP_ID

ACCOUNT is a user name or an account ID; --by name or --by id says which. CREDENTIAL is the ID that
\`account\` shows. Write -- before what begins with a dash.
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
  | { readonly command: 'move' }
  | { readonly command: 'accounts'; readonly page: Page }
  | { readonly command: 'audit'; readonly account: AccountName; readonly limit: number }
  | { readonly command: 'policy'; readonly account: AccountName; readonly policy: string }
  | {
      readonly command: 'revoke-credential' | 'restore-credential';
      readonly account: AccountName;
      readonly credential: string;
    }
  | {
      readonly command: 'account' | 'sessions' | 'end-sessions' | 'disable' | 'enable';
      readonly account: AccountName;
    }
);

/** What each command takes beside `--json`: options, and what is named in their order. */
const commands = {
  accounts: { options: ['search', 'after', 'limit'], names: [] },
  account: { options: ['by'], names: ['account'] },
  sessions: { options: ['by'], names: ['account'] },
  audit: { options: ['by', 'limit'], names: ['account'] },
  policy: { options: ['by'], names: ['account', 'policy'] },
  'revoke-credential': { options: ['by'], names: ['account', 'credential'] },
  'restore-credential': { options: ['by'], names: ['account', 'credential'] },
  'end-sessions': { options: ['by'], names: ['account'] },
  disable: { options: ['by'], names: ['account'] },
  enable: { options: ['by'], names: ['account'] },
  move: { options: [], names: [] },
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
  const [text = '', more = ''] = positionals;
  const { names } = commands[command];
  if (positionals.length !== names.length || positionals.includes('')) {
    throw new UsageError(`${command} takes ${wordsFor(names)}.`);
  }
  const account = { text, by: byOf(option('by')) };
  switch (command) {
    case 'accounts': {
      const [search, after] = [option('search'), option('after')];
      return { command, json, page: { search, after, limit: limitOf(option('limit'), 50) } };
    }
    case 'move':
      return { command, json };
    case 'audit':
      return { command, json, account, limit: limitOf(option('limit'), 20) };
    case 'policy':
      return { command, json, account, policy: more };
    case 'revoke-credential':
    case 'restore-credential':
      return { command, json, account, credential: more };
    default:
      return { command, json, account };
  }
}

function wordsFor(names: readonly string[]): string {
  return names.map((name) => `one ${name}`).join(' and ') || 'options only';
}

type Command = keyof typeof commands;

function isCommand(text: string): text is Command {
  return Object.hasOwn(commands, text);
}

function parse(command: Command, args: string[]) {
  const own = commands[command].options.map((name) => [name, { type: 'string' }] as const);
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
