import { expect, it } from 'vitest';
import { ConfigError } from '../config.ts';
import { OperatorError, RpError } from '../errors.ts';
import { explainStart } from './explain-start.ts';

const system = (code: string, syscall: string) => {
  return Object.assign(new Error(`${code}: ${syscall} went wrong`), { code, syscall });
};

it.each([
  [
    system('EADDRINUSE', 'listen'),
    'another process listens on port 443: choose another PORT (EADDRINUSE)',
  ],
  [
    system('EACCES', 'listen'),
    'this user may not listen on port 443: choose a PORT above 1023 (EACCES)',
  ],
  [
    system('EADDRNOTAVAIL', 'listen'),
    "it can't listen on port 443 of HOST 192.0.2.1 (EADDRNOTAVAIL)",
  ],
  [system('EACCES', 'mkdir'), 'EACCES: mkdir went wrong'],
  [system('SQLITE_CANTOPEN', ''), 'SQLITE_CANTOPEN:  went wrong'],
  [new OperatorError('the file is another’s'), 'the file is another’s'],
  [
    new RpError('unavailable', { cause: new Error('connection refused') }),
    'the database is not available: connection refused',
  ],
])('%s is for whoever starts the server', (error, words) => {
  expect(explainStart(error, { port: 443, host: '192.0.2.1' })).toEqual([words]);
});

it('every problem of the configuration is named', () => {
  const error = new ConfigError(['A: bad', 'B: worse']);
  expect(explainStart(error, { port: 443, host: undefined })).toEqual(['A: bad', 'B: worse']);
});

it.each([new TypeError('undefined is no function'), new RpError('internal_error'), 'text'])(
  '%s is for whoever wrote it',
  (error) => {
    expect(explainStart(error, { port: 443, host: undefined })).toBeNull();
  },
);
