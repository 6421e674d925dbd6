import { describe, expect, it } from 'vitest';
import type { Credential } from '../records/credential.ts';
import { newCredential } from '../testing/records.ts';
import { anyCredential } from './credential-policy.ts';
import {
  admitsApple,
  goesByAppleAlone,
  isAccepted,
  isWayIn,
  keepOneOf,
  speaksForOwner,
  verifiesUser,
} from './ways-in.ts';

describe('the state of a credential', () => {
  it.each([
    ['active', { accepted: true, verifies: true, wayIn: true }],
    ['superseded', { accepted: true, verifies: true, wayIn: false }],
    ['suspected-clone', { accepted: true, verifies: false, wayIn: true }],
    ['revoked', { accepted: false, verifies: false, wayIn: false }],
  ] as const)('%s says what it may do: %o', (state, may) => {
    const held = { state };
    expect({
      accepted: isAccepted(held),
      verifies: verifiesUser(held),
      wayIn: isWayIn(held),
    }).toEqual(may);
  });
});

describe('of the ways in that are left, one must stay', () => {
  const ground = {
    policy: anyCredential,
    served: ['example.org', 'old.example'],
    teams: ['TEAM'],
  };
  const [mine, old, gone] = ['example.org', 'old.example', 'gone.example'].map((rpId) =>
    newCredential('owner', { rpId }),
  ) as [Credential, Credential, Credential];
  const revoked = newCredential('owner', { state: 'revoked' });
  const kept = (passkeys: Credential[], givenUp: Credential, given = ground) =>
    keepOneOf({ passkeys }, given, givenUp).passkeys;

  it('which are those that let somebody in', () => {
    expect(kept([mine, old, gone, revoked], mine)).toEqual([old.id]);
  });

  it('whatever they are, if the one that is given up lets nobody in', () => {
    expect(kept([mine, gone, revoked], gone)).toEqual([mine.id, revoked.id]);
    expect(kept([gone], gone)).toEqual([]);
  });

  it('and what the policy refuses does not count', () => {
    const policy = { ...anyCredential, deviceBoundOnly: true };
    const bound = newCredential('owner', { backupEligible: false });
    expect(kept([mine, bound], bound, { ...ground, policy })).toEqual([]);
    expect(kept([mine, bound], mine, { ...ground, policy })).toEqual([bound.id]);
  });

  it('among them the links with Apple, if they let anybody in', () => {
    const links = (given = ground) => keepOneOf({ passkeys: [mine, gone] }, given, mine).apple;
    expect(links()).toEqual(['TEAM']);
    expect(links({ ...ground, teams: [] })).toEqual([]);
    const policy = { ...anyCredential, apple: 'never' } as const;
    expect(links({ ...ground, policy })).toEqual([]);
  });

  it('a passkey that lets somebody in, if the links with Apple are given up', () => {
    const left = (given = ground) => keepOneOf({ passkeys: [mine, gone, revoked] }, given, 'apple');
    expect(left()).toEqual({ passkeys: [mine.id], apple: [] });
    const off = { ...ground, teams: [] };
    expect(left(off)).toEqual({ passkeys: [mine.id, gone.id, revoked.id], apple: [] });
  });
});

describe('Sign in with Apple', () => {
  it.each([
    ['always', true, true],
    ['without-passkey', true, false],
    ['never', false, false],
  ] as const)(
    'opens, under the policy %s, an account without a passkey: %o, with one: %o',
    (apple, without, held) => {
      const ground = { policy: { ...anyCredential, apple }, served: ['example.org'] };
      const passkey = newCredential('owner');
      // What lets nobody in keeps nobody out.
      const useless = [
        newCredential('owner', { state: 'superseded' }),
        newCredential('owner', { rpId: 'gone.example' }),
      ];
      expect(admitsApple([], ground)).toBe(without);
      expect(admitsApple(useless, ground)).toBe(without);
      expect(admitsApple([passkey, ...useless], ground)).toBe(held);
    },
  );
});

describe('an account', () => {
  const ground = { policy: anyCredential, served: ['example.org'] };
  const apple = { method: 'apple' } as const;
  it.each([
    ['no passkey', [], true],
    ['one that lets its owner in', [newCredential('owner')], false],
    ['a suspected clone', [newCredential('owner', { state: 'suspected-clone' })], false],
    ['a superseded one', [newCredential('owner', { state: 'superseded' })], true],
    ['one of a domain that is gone', [newCredential('owner', { rpId: 'gone.example' })], true],
  ])('with %s goes by Apple alone, if Apple opened the session: %#', (_what, held, expected) => {
    expect(goesByAppleAlone(apple, held, ground)).toBe(expected);
    expect(goesByAppleAlone({ method: 'passkey' }, held, ground)).toBe(false);
    expect(goesByAppleAlone({ method: 'recovery' }, held, ground)).toBe(false);
  });
});

describe('a session', () => {
  const passkey = newCredential('owner');
  const clone = newCredential('owner', { state: 'suspected-clone' });
  const held = [passkey, clone];
  it.each([
    ['a passkey', { method: 'passkey', credentialId: passkey.id }, true],
    ['a passkey that is gone', { method: 'passkey', credentialId: null }, true],
    ['a suspected clone', { method: 'passkey', credentialId: clone.id }, false],
    ['Sign in with Apple', { method: 'apple', credentialId: null }, false],
    ['a recovery', { method: 'recovery', credentialId: null }, false],
    ['an enrolment', { method: 'enrolment', credentialId: null }, false],
  ] as const)('that %s opened speaks for the owner: %o', (_opener, session, expected) => {
    expect(speaksForOwner(session, held)).toBe(expected);
  });
});
