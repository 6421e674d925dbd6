import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../config.ts';

const MAIL_FROM = 'Example <no-reply@example.com>';
const load = (env: Record<string, string>) => loadConfig(env);

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  return [];
}

describe('SMTP_URL', () => {
  it.each([
    ['smtp://mail.example.com', { port: 587, tls: 'starttls', login: undefined }],
    ['smtps://mail.example.com', { port: 465, tls: 'implicit' }],
    ['smtp://mail.example.com:25?tls=off', { port: 25, tls: 'off' }],
    ['smtp://localhost:1025', { host: 'localhost', port: 1025, tls: 'off' }],
    ['smtp://[::1]:1025', { host: '::1', tls: 'off' }],
    [
      'smtps://ann%40example.com:p%2Fw@mail.example.com',
      { host: 'mail.example.com', login: { user: 'ann@example.com', pass: 'p/w' } },
    ],
  ])('%s says how', (SMTP_URL, server) => {
    expect(load({ SMTP_URL, MAIL_FROM }).mail?.server).toMatchObject(server);
  });

  it.each([
    'mail.example.com',
    'https://mail.example.com',
    'smtp://',
    'smtp://ann:hunter2@mail.example.com/path',
    'smtp://ann:hunter2@mail.example.com?pool=true',
    'smtps://ann:hunter2@mail.example.com?tls=off',
    'smtp://ann:hunter2@mail.example.com#x',
    'smtp://ann@mail.example.com',
    'smtp://:hunter2@mail.example.com',
    'smtp://ann:%zz-hunter2@mail.example.com',
    'smtp://ann:hunter2@mail.example.com:99999',
  ])('%s is refused, and its password is not shown', (SMTP_URL) => {
    const problems = problemsOf({ SMTP_URL, MAIL_FROM });
    expect(problems.join()).toMatch(/^SMTP_URL: /);
    expect(problems.join()).not.toContain('hunter2');
  });
});

describe('MAIL_FROM', () => {
  it.each([
    ['no-reply@example.com', { name: '', address: 'no-reply@example.com' }],
    [MAIL_FROM, { name: 'Example', address: 'no-reply@example.com' }],
    ['Ann & Sons, Ltd. <a@example.com>', { name: 'Ann & Sons, Ltd.', address: 'a@example.com' }],
  ])('%s is a sender', (text, from) => {
    expect(load({ SMTP_URL: 'smtp://localhost', MAIL_FROM: text }).mail?.from).toEqual(from);
  });

  it.each(['Example', 'a@example.com, b@example.com', 'A <a@example.com> B', 'A <a@b@c.com>'])(
    '%s is none',
    (text) => {
      expect(problemsOf({ SMTP_URL: 'smtp://localhost', MAIL_FROM: text })).toEqual([
        'MAIL_FROM: expected an address, such as Example <no-reply@example.com>',
      ]);
    },
  );

  it('and SMTP_URL come together or not at all', () => {
    expect(load({}).mail).toBeUndefined();
    expect(problemsOf({ MAIL_FROM })).toEqual(['SMTP_URL: required with MAIL_FROM']);
    expect(problemsOf({ SMTP_URL: 'smtp://localhost' })).toEqual([
      'MAIL_FROM: required with SMTP_URL',
    ]);
  });
});

describe('RECOVERY', () => {
  it('is a code at once, and mail after three days, unless something else is said', () => {
    expect(load({}).recovery).toEqual({ policy: 'code', delayMs: 259_200_000 });
    expect(load({ RECOVERY_DELAY_SECONDS: 'off' }).recovery.delayMs).toBeNull();
    expect(load({ RECOVERY_DELAY_SECONDS: '3600' }).recovery.delayMs).toBe(3_600_000);
  });

  it('names its mistakes', () => {
    expect(problemsOf({ RECOVERY: 'code-and-mail' })).toEqual([
      'RECOVERY: code-and-mail needs SMTP_URL',
    ]);
    expect(problemsOf({ RECOVERY_DELAY_SECONDS: '0' })).toEqual([
      'RECOVERY_DELAY_SECONDS: expected off, or 3600 to 2592000',
    ]);
    expect(problemsOf({ RECOVERY: 'mail' })).toHaveLength(1);
  });
});
