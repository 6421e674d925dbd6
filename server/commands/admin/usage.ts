import type { ParseArgsOptionsConfig } from 'node:util';
import type { Page } from '../../administration/accounts.ts';
import type { AccountName } from '../../administration/find-account.ts';
import { type OperatorScope, operatorScopes } from '../../records/operator-key.ts';
import { parseArguments, UsageError } from '../arguments.ts';

const scopeLines = operatorScopes.map((scope) => `    ${scope}`).join('\n');

export const usage = `Usage: npm run admin -- COMMAND [OPTIONS]

  accounts [--search TEXT] [--after KEY] [--limit N]   accounts in the order of their user names
  account ACCOUNT                                      names, passkeys, sessions, link with Apple
  sessions ACCOUNT                                     where it is signed in
  audit ACCOUNT [--limit N]                            what happened to it, latest first
  policy ACCOUNT NAME                                  which passkeys it may have: a policy, or default
  revoke-credential ACCOUNT CREDENTIAL                 makes a passkey unknown and ends its sessions
  restore-credential ACCOUNT CREDENTIAL                makes a passkey active, whatever it was
  end-sessions ACCOUNT                                 signs it out everywhere
  disable ACCOUNT                                      signs it out and lets nobody sign in to it
  enable ACCOUNT                                       lets its owner sign in again
  enrol ACCOUNT [--create] [--minutes N]               a link that adds a passkey, once
  invite [NAME] [--minutes N]                          a link that opens a new account, once
  invitations [--after KEY] [--limit N]                those that nobody has used yet
  revoke-invitation ID                                 makes its link open no account any more
  keys list|create|revoke [NAME or ID]                 keys of the operators' API
  messages list|retry [ID or all] [--limit N]          what could not be delivered, and delivers it after all
  delete ACCOUNT --yes                                 deletes it for good, with everything that is its own
  move                                                 how many passkeys have come to RP_ID
  operators [--limit N]                                what operators did that no account remembers
  apple-transfer status|export|import [OPTIONS]        people of Sign in with Apple, for an app that moves to another team
  rotate-salt begin|status|finish                      puts another salt in the place of the one that opens vaults

keys create NAME --scopes SCOPE,… [--days N] shows a key once. The scopes:
${scopeLines}

apple-transfer takes --to TEAM (export), --rate N (questions a second, 10), --dry-run (asks once, keeps nothing).
ACCOUNT is a user name or an account ID; --by name or --by id says which. CREDENTIAL is the ID that
\`account\` shows.
--json prints JSON. DATABASE_URL says which database, as it does for the server, which may run.
`;

const transferSteps = ['status', 'export', 'import'] as const;
const saltSteps = ['begin', 'status', 'finish'] as const;
export type SaltStep = (typeof saltSteps)[number];

export type KeysAsked =
  | { readonly act: 'list' }
  | { readonly act: 'revoke'; readonly id: string }
  | {
      readonly act: 'create';
      readonly name: string;
      readonly scopes: readonly OperatorScope[];
      readonly days: number;
    };

export type Asked = { readonly json: boolean } & (
  | { readonly command: 'move' }
  | { readonly command: 'operators'; readonly limit: number }
  | { readonly command: 'keys'; readonly keys: KeysAsked }
  | { readonly command: 'messages'; readonly act: 'list'; readonly limit: number }
  /** `id` is null for all. */
  | { readonly command: 'messages'; readonly act: 'retry'; readonly id: string | null }
  | { readonly command: 'rotate-salt'; readonly step: SaltStep }
  | {
      readonly command: 'apple-transfer';
      readonly step: (typeof transferSteps)[number];
      /** The team that receives the app; null unless it is an export. */
      readonly to: string | null;
      readonly rate: number;
      readonly dryRun: boolean;
    }
  | { readonly command: 'accounts'; readonly page: Page }
  | { readonly command: 'audit'; readonly account: AccountName; readonly limit: number }
  | {
      readonly command: 'enrol';
      readonly account: AccountName;
      /** Whether the account is to be made. */
      readonly create: boolean;
      readonly minutes: number;
    }
  | {
      readonly command: 'invite';
      /** Undefined: whoever opens the account chooses. */
      readonly name: string | undefined;
      readonly minutes: number;
    }
  | {
      readonly command: 'invitations';
      readonly page: { readonly after: string | undefined; readonly limit: number };
    }
  | { readonly command: 'revoke-invitation'; readonly id: string }
  | { readonly command: 'policy'; readonly account: AccountName; readonly policy: string }
  | {
      readonly command: 'revoke-credential' | 'restore-credential';
      readonly account: AccountName;
      readonly credential: string;
    }
  | {
      readonly command: 'account' | 'sessions' | 'end-sessions' | 'disable' | 'enable' | 'delete';
      readonly account: AccountName;
    }
);

/** What each command takes beside `--json`: options with a value, flags, and names in their order. */
const commands = {
  accounts: { options: ['search', 'after', 'limit'], flags: [], names: [] },
  account: { options: ['by'], flags: [], names: ['account'] },
  sessions: { options: ['by'], flags: [], names: ['account'] },
  audit: { options: ['by', 'limit'], flags: [], names: ['account'] },
  policy: { options: ['by'], flags: [], names: ['account', 'policy'] },
  'revoke-credential': { options: ['by'], flags: [], names: ['account', 'credential'] },
  'restore-credential': { options: ['by'], flags: [], names: ['account', 'credential'] },
  'end-sessions': { options: ['by'], flags: [], names: ['account'] },
  disable: { options: ['by'], flags: [], names: ['account'] },
  enable: { options: ['by'], flags: [], names: ['account'] },
  delete: { options: ['by'], flags: ['yes'], names: ['account'] },
  enrol: { options: ['by', 'minutes'], flags: ['create'], names: ['account'] },
  invite: { options: ['minutes'], flags: [], names: ['[name]'] },
  invitations: { options: ['after', 'limit'], flags: [], names: [] },
  'revoke-invitation': { options: [], flags: [], names: ['ID'] },
  keys: { options: ['scopes', 'days'], flags: [], names: ['act', '[name or ID]'] },
  messages: { options: ['limit'], flags: [], names: ['act', '[ID or all]'] },
  move: { options: [], flags: [], names: [] },
  operators: { options: ['limit'], flags: [], names: [] },
  'apple-transfer': { options: ['to', 'rate'], flags: ['dry-run'], names: ['step'] },
  'rotate-salt': { options: [], flags: [], names: ['step'] },
} as const;

/** @throws {UsageError} */
export function parseCommand(args: readonly string[]): Asked | 'help' {
  const [command = '', ...rest] = args;
  if (/^(--help|-h|help)$/.test(command) || rest.includes('--help')) return 'help';
  if (!isCommand(command)) {
    throw new UsageError(
      command === '' ? 'A command is missing.' : `There is no command ${command}.`,
    );
  }
  const { json, positionals, option, flag } = parse(command, rest);
  const [text = '', more = ''] = positionals;
  const { names } = commands[command];
  const needed = names.filter((name) => !name.startsWith('['));
  const isOff = positionals.length < needed.length || positionals.length > names.length;
  if (isOff || positionals.includes('')) {
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
    case 'keys': {
      const given = { scopes: option('scopes'), days: option('days') };
      return { command, json, keys: keysOf(text, positionals[1], given) };
    }
    case 'messages':
      return { command, json, ...messagesOf(text, positionals[1], option('limit')) };
    case 'operators':
      return { command, json, limit: limitOf(option('limit'), 50) };
    case 'apple-transfer': {
      const step = transferStepOf(text);
      const to = teamOf(step, option('to'));
      return { command, json, step, to, rate: rateOf(option('rate')), dryRun: flag('dry-run') };
    }
    case 'rotate-salt':
      return { command, json, step: stepOf(text) };
    case 'delete':
      if (!flag('yes')) throw new UsageError("What is deleted can't be brought back: say --yes.");
      return { command, json, account };
    case 'audit':
      return { command, json, account, limit: limitOf(option('limit'), 20) };
    case 'policy':
      return { command, json, account, policy: more };
    case 'enrol': {
      const minutes = minutesOf(option('minutes'));
      return { command, json, account, create: flag('create'), minutes };
    }
    case 'invite': {
      const minutes = minutesOf(option('minutes'));
      return { command, json, name: positionals[0], minutes };
    }
    case 'invitations': {
      const limit = limitOf(option('limit'), 50);
      return { command, json, page: { after: option('after'), limit } };
    }
    case 'revoke-invitation':
      return { command, json, id: text };
    case 'revoke-credential':
    case 'restore-credential':
      return { command, json, account, credential: more };
    default:
      return { command, json, account };
  }
}

function wordsFor(names: readonly string[]): string {
  const words = names.map((name) =>
    name.startsWith('[') ? `at most one ${name.slice(1, -1)}` : `one ${name}`,
  );
  return words.join(' and ') || 'options only';
}

type Command = keyof typeof commands;

function isCommand(text: string): text is Command {
  return Object.hasOwn(commands, text);
}

function parse(command: Command, args: readonly string[]) {
  const own = commands[command].options.map((name) => [name, { type: 'string' }] as const);
  const flags = ['json', ...commands[command].flags].map(
    (name) => [name, { type: 'boolean' }] as const,
  );
  const options: ParseArgsOptionsConfig = Object.fromEntries([...own, ...flags]);
  const { values, positionals } = parseArguments({
    args: optionsFirst(
      args,
      own.map(([name]) => name),
    ),
    allowPositionals: true,
    options,
  });
  return {
    positionals,
    json: values['json'] === true,
    flag: (name: string) => values[name] === true,
    option: (name: string) => {
      const value = values[name];
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/**
 * Names and IDs may begin with a dash, which `parseArgs` takes for an option. There is no option of one
 * letter, and none as long as an ID.
 */
function optionsFirst(args: readonly string[], withValue: readonly string[]): string[] {
  const options: string[] = [];
  const names: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    const value = args[at + 1];
    if (arg === '--') {
      names.push(...args.slice(at + 1));
      break;
    }
    if (withValue.some((name) => arg === `--${name}`) && value !== undefined) {
      options.push(`${arg}=${value}`);
      at += 1;
    } else if (/^--[a-z-]{1,15}(=|$)/.test(arg)) options.push(arg);
    else names.push(arg);
  }
  return [...options, '--', ...names];
}

function limitOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError('--limit is a number from 1 to 9999.');
}

function minutesOf(text = '60'): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 10_080) return Number(text);
  throw new UsageError('--minutes is a number from 1 to 10080 (a week).');
}

function keysOf(
  act: string,
  subject: string | undefined,
  { scopes, days }: { scopes: string | undefined; days: string | undefined },
): KeysAsked {
  const isMade = act === 'create';
  if (!isMade && (scopes ?? days) !== undefined) {
    throw new UsageError('--scopes and --days are for keys create.');
  }
  if (act === 'list' && subject === undefined) return { act };
  if (act === 'revoke' && subject !== undefined) return { act, id: subject };
  if (!isMade || subject === undefined) {
    throw new UsageError('keys takes list, create NAME or revoke ID.');
  }
  if (!/^[\w.-]{1,64}$/.test(subject)) {
    throw new UsageError('The name of a key has letters, digits, dots, hyphens and underscores.');
  }
  return { act, name: subject, scopes: scopesOf(scopes), days: daysOf(days) };
}

function messagesOf(act: string, subject: string | undefined, limit: string | undefined) {
  if (act === 'list' && subject === undefined) return { act, limit: limitOf(limit, 50) } as const;
  if (act === 'retry' && subject !== undefined && limit === undefined) {
    return { act, id: subject === 'all' ? null : subject } as const;
  }
  throw new UsageError('messages takes list [--limit N], retry ID or retry all.');
}

function scopesOf(text: string | undefined): OperatorScope[] {
  const wanted = new Set((text ?? '').split(',').filter(Boolean));
  const known = operatorScopes.filter((scope) => wanted.has(scope));
  if (known.length > 0 && known.length === wanted.size) return known;
  throw new UsageError(`--scopes takes one or more of ${operatorScopes.join(', ')}.`);
}

function daysOf(text = '90'): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 366) return Number(text);
  throw new UsageError('--days is a number from 1 to 366.');
}

function transferStepOf(text: string) {
  const step = transferSteps.find((each) => each === text);
  if (step === undefined) throw new UsageError('apple-transfer takes status, export or import.');
  return step;
}

function teamOf(step: string, team: string | undefined): string | null {
  if (step !== 'export' && team === undefined) return null;
  if (step === 'export' && /^[A-Z0-9]{10}$/.test(team ?? '')) return team ?? null;
  throw new UsageError('--to names the team that receives the app, for export alone.');
}

function rateOf(text = '10'): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new UsageError('--rate is a number from 1 to 999.');
}

function stepOf(text: string): SaltStep {
  const step = saltSteps.find((each) => each === text);
  if (step === undefined) throw new UsageError('rotate-salt takes begin, status or finish.');
  return step;
}

function byOf(text: string | undefined): AccountName['by'] {
  if (text === undefined || text === 'name' || text === 'id') return text;
  throw new UsageError('--by is name or id.');
}
