import { describe, expect, it } from 'vitest';
import { environmentNames } from '../config.ts';
import { misspelt } from './misspelt.ts';

describe('a variable that is probably misspelt', () => {
  it.each([
    ['RP_NAEM', 'RP_NAME'],
    ['RP_NAM', 'RP_NAME'],
    ['rp_name', 'RP_NAME'],
    ['RPNAME', 'RP_NAME'],
    ['RP-ID', 'RP_ID'],
    ['LATCHKEY_RP_ID', 'RP_ID'],
    ['SECRETS', 'SECRET'],
    ['SECERT', 'SECRET'],
    ['PROT', 'PORT'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['TRUST_PROXIES', null],
    ['TRUSTED_PROXY', null],
    ['TRUST_PROX', 'TRUST_PROXY'],
    ['RATE_LIMIT', 'RATE_LIMITS'],
    ['USER_VERIFICATON', 'USER_VERIFICATION'],
  ])('%s: %s', (name, meant) => {
    const expected = meant === null ? [] : [`${name} is not read. Did you mean ${meant}?`];
    expect(misspelt([name], environmentNames)).toEqual(expected);
  });

  it('is also one that begins as ours do', () => {
    expect(misspelt(['RP_DOMAIN'], environmentNames)).toEqual([
      'RP_DOMAIN is not read. There are RP_ID and RP_NAME.',
    ]);
  });
});

it('what other programs read, and what is ours, is none', () => {
  const others = [
    ...['PATH', 'HOME', 'HOSTNAME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'PWD', 'TZ'],
    ...['POST', 'PORTS', 'GHOST', 'NODE_OPTIONS', 'NODE_VERSION', 'npm_package_version'],
    ...['POSTGRES_PASSWORD', 'LATCHKEY_PORT', 'LATCHKEY_SERVICE_HOST', 'INVOCATION_ID'],
  ];
  expect(misspelt([...others, ...environmentNames], environmentNames)).toEqual([]);
});
