import { describe, expect, it } from 'vitest';
import { parseCommand, UsageError, usage } from './usage.ts';

describe('parseCommand', () => {
  it.each([
    ['help', { command: 'help', json: false }],
    ['accounts', { command: 'accounts', json: false, page: { limit: 50 } }],
    [
      'accounts --search an --after ann --limit 7 --json',
      { command: 'accounts', json: true, page: { search: 'an', after: 'ann', limit: 7 } },
    ],
    ['account ann', { command: 'account', json: false, account: { text: 'ann' } }],
    ['audit ann', { command: 'audit', json: false, account: { text: 'ann' }, limit: 20 }],
    ['disable --by id x', { command: 'disable', json: false, account: { text: 'x', by: 'id' } }],
    // A user name may begin with a dash.
    ['enable -- -ann', { command: 'enable', json: false, account: { text: '-ann' } }],
  ])('understands %s', (line, asked) => {
    expect(parseCommand(line.split(' '))).toEqual(asked);
  });

  it.each([
    ['', 'A command is missing'],
    ['remove ann', 'There is no command remove'],
    ['constructor ann', 'There is no command constructor'],
    ['accounts ann', 'takes options only'],
    ['disable', 'takes one account'],
    ['disable ann bob', 'takes one account'],
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
    const shown = [...usage.matchAll(/^ {2}([a-z-]+) ?(ACCOUNT)?/gm)];
    expect(shown).toHaveLength(7);
    for (const [, command = '', account] of shown) {
      expect(parseCommand(account ? [command, 'ann'] : [command])).toMatchObject({ command });
    }
  });
});
