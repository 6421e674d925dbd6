import { describe, expect, it } from 'vitest';
import { assuranceOf, isSatisfiable, satisfies } from './assurance.ts';

const synced = {
  state: 'active',
  backupEligible: true,
  backupKnown: true,
  attested: false,
} as const;
const bound = { ...synced, backupEligible: false };
const verified = { method: 'passkey', userVerified: true } as const;
const unverified = { method: 'passkey', userVerified: false } as const;

describe('a sign-in', () => {
  it.each([
    ['with a synced passkey', verified, synced, 'phr', ['pop', 'user', 'swk']],
    ['without user verification', unverified, synced, 'phr', ['pop', 'swk']],
    ['with a device-bound passkey', verified, bound, 'phr', ['pop', 'user', 'hwk']],
    [
      'whose maker vouches for it',
      verified,
      { ...bound, attested: true },
      'phrh',
      ['pop', 'user', 'hwk'],
    ],
    [
      'attested, but synced',
      verified,
      { ...synced, attested: true },
      'phr',
      ['pop', 'user', 'swk'],
    ],
    [
      'whose flags nobody kept',
      verified,
      { ...bound, backupKnown: false, attested: true },
      'phr',
      ['pop', 'user'],
    ],
    ['with a passkey that is gone', verified, null, 'phr', ['pop', 'user']],
    ['with a suspected clone', verified, { ...bound, state: 'suspected-clone' as const }, null, []],
    ['with a revoked passkey', verified, { ...bound, state: 'revoked' as const }, null, []],
    ['by recovery', { method: 'recovery', userVerified: false } as const, null, null, []],
    ['by Apple', { method: 'apple', userVerified: false } as const, null, null, []],
    ['by enrolment', { method: 'enrolment', userVerified: false } as const, null, null, []],
  ])('%s proves what is stored of it', (_how, session, opener, acr, amr) => {
    expect(assuranceOf(session, opener)).toEqual({ acr, amr });
  });
});

describe('what a client asks for', () => {
  it.each([
    ['nothing', [], null, true],
    ['the same', ['phr'], 'phr', true],
    ['less', ['phr'], 'phrh', true],
    ['more', ['phrh'], 'phr', false],
    ['either', ['phrh', 'phr'], 'phr', true],
    ['anything of one who proves nothing', ['phr'], null, false],
    ['what is not known here', ['urn:example:gold'], 'phrh', false],
  ] as const)('is or is not satisfied: %s', (_what, wanted, acr, expected) => {
    expect(satisfies(acr, wanted)).toBe(expected);
  });

  it('can be satisfied if one of its values is known', () => {
    expect(isSatisfiable([])).toBe(true);
    expect(isSatisfiable(['gold', 'phrh'])).toBe(true);
    expect(isSatisfiable(['gold'])).toBe(false);
  });
});
