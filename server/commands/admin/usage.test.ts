import { describe, expect, it } from 'vitest';
import { UsageError } from '../arguments.ts';
import { parseCommand, usage } from './usage.ts';

describe('parseCommand', () => {
  it.each([
    ['help', 'help'],
    ['--help', 'help'],
    ['disable --help', 'help'],
    ['accounts', { command: 'accounts', json: false, page: { limit: 50 } }],
    [
      'accounts --search an --after ann --limit 7 --json',
      { command: 'accounts', json: true, page: { search: 'an', after: 'ann', limit: 7 } },
    ],
    ['account ann', { command: 'account', json: false, account: { text: 'ann' } }],
    ['audit ann', { command: 'audit', json: false, account: { text: 'ann' }, limit: 20 }],
    ['disable --by id x', { command: 'disable', json: false, account: { text: 'x', by: 'id' } }],
    ['move --json', { command: 'move', json: true }],
    ['operators', { command: 'operators', json: false, limit: 50 }],
    ['invite', { command: 'invite', json: false, name: undefined, minutes: 60 }],
    ['invite bob --minutes 5', { command: 'invite', json: false, name: 'bob', minutes: 5 }],
    ['keys list', { command: 'keys', json: false, keys: { act: 'list' } }],
    ['keys revoke x', { command: 'keys', json: false, keys: { act: 'revoke', id: 'x' } }],
    [
      'keys create crm --scopes audit:read,accounts:read --days 7',
      {
        command: 'keys',
        json: false,
        keys: { act: 'create', name: 'crm', scopes: ['accounts:read', 'audit:read'], days: 7 },
      },
    ],
    [
      'apple-transfer export --to Z1B2C3D4E5 --rate 3 --dry-run',
      {
        ...{ command: 'apple-transfer', json: false, step: 'export' },
        ...{ to: 'Z1B2C3D4E5', rate: 3, dryRun: true },
      },
    ],
    [
      'apple-transfer status',
      {
        ...{ command: 'apple-transfer', json: false, step: 'status' },
        ...{ to: null, rate: 10, dryRun: false },
      },
    ],
    [
      'invitations --after 7.x',
      { command: 'invitations', json: false, page: { after: '7.x', limit: 50 } },
    ],
    ['revoke-invitation -x', { command: 'revoke-invitation', json: false, id: '-x' }],
    ['messages list', { command: 'messages', json: false, act: 'list', limit: 50 }],
    ['messages list --limit 7', { command: 'messages', json: false, act: 'list', limit: 7 }],
    ['messages retry all', { command: 'messages', json: false, act: 'retry', id: null }],
    ['messages retry x', { command: 'messages', json: false, act: 'retry', id: 'x' }],
    ['rotate-salt begin', { command: 'rotate-salt', json: false, step: 'begin' }],
    ['delete --yes ann', { command: 'delete', json: false, account: { text: 'ann' } }],
    [
      'policy ann kiosk',
      { command: 'policy', json: false, account: { text: 'ann' }, policy: 'kiosk' },
    ],
    [
      'revoke-credential --by id x AQ',
      {
        command: 'revoke-credential',
        json: false,
        account: { text: 'x', by: 'id' },
        credential: 'AQ',
      },
    ],
    // An ID may begin with a dash or two, and so may a user name.
    ['account -ann', { command: 'account', json: false, account: { text: '-ann' } }],
    [
      'revoke-credential --by id -x --AQ --json',
      {
        command: 'revoke-credential',
        json: true,
        account: { text: '-x', by: 'id' },
        credential: '--AQ',
      },
    ],
    [
      'accounts --after -x --search -',
      { command: 'accounts', json: false, page: { search: '-', after: '-x', limit: 50 } },
    ],
    [
      'restore-credential -- ann -AQ',
      { command: 'restore-credential', json: false, account: { text: 'ann' }, credential: '-AQ' },
    ],
    ['enable -- -ann', { command: 'enable', json: false, account: { text: '-ann' } }],
  ])('understands %s', (line, asked) => {
    expect(parseCommand(line.split(' '))).toEqual(asked);
  });

  it.each([
    ['', 'A command is missing'],
    ['remove ann', 'There is no command remove'],
    ['constructor ann', 'There is no command constructor'],
    ['accounts ann', 'takes options only'],
    ['move ann', 'move takes options only'],
    ['move --by id', "Unknown option '--by'"],
    ['disable', 'takes one account'],
    ['delete ann', 'say --yes'],
    ['disable ann --yes', "Unknown option '--yes'"],
    ['policy ann', 'takes one account and one policy'],
    ['revoke-credential ann', 'takes one account and one credential'],
    ['restore-credential ann AQ Ag', 'takes one account and one credential'],
    ['disable ann bob', 'takes one account'],
    ['invite ann bob', 'takes at most one name'],
    ['keys', 'takes one act'],
    ['keys create crm', '--scopes takes one or more of'],
    ['keys create crm --scopes all', '--scopes takes one or more of'],
    ['keys create crm --scopes audit:read --days 367', '--days is'],
    ['keys create a/b --scopes audit:read', 'The name of a key'],
    ['keys list crm', 'list, create NAME or revoke ID'],
    ['keys revoke', 'list, create NAME or revoke ID'],
    ['keys list --days 4', 'are for keys create'],
    ['invitations x', 'takes options only'],
    ['revoke-invitation', 'takes one ID'],
    ['messages retry', 'list [--limit N], retry ID or retry all'],
    ['messages retry all --limit 7', 'list [--limit N], retry ID or retry all'],
    ['messages list x', 'list [--limit N], retry ID or retry all'],
    ['messages send x', 'list [--limit N], retry ID or retry all'],
    ['apple-transfer begin', 'takes status, export or import'],
    ['apple-transfer export', '--to names the team'],
    ['apple-transfer import --to Z1B2C3D4E5', '--to names the team'],
    ['apple-transfer export --to Z1B2C3D4E5 --rate 0', '--rate is a number'],
    ['rotate-salt', 'takes one step'],
    ['rotate-salt end', 'takes begin, status or finish'],
    ['audit ann --limit 0', '--limit is a number'],
    ['audit ann --limit 1e3', '--limit is a number'],
    ['disable ann --limit 1', "Unknown option '--limit'"],
    ['account ann --by age', '--by is'],
    ['account ann --json=yes', '--json'],
  ])('refuses "%s": %s', (line, words) => {
    const parse = () => parseCommand(line === '' ? [] : line.split(' '));
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(words);
  });

  it('knows every command that the usage shows', () => {
    const shown = [...usage.matchAll(/^ {2}([a-z-]+)((?: [A-Za-z]+)*)/gm)];
    expect(shown).toHaveLength(21);
    for (const [, command = '', names = ''] of shown) {
      const args = names.split(' ').slice(1);
      const flags = /--yes/.test(usage.split(`  ${command} `)[1]?.split('\n')[0] ?? '')
        ? ['--yes']
        : [];
      const given = ['keys', 'messages'].includes(command) ? ['list'] : args;
      expect(parseCommand([command, ...given, ...flags])).toMatchObject({ command });
    }
  });
});
