import { describe, expect, it } from 'vitest';
import type { Credential } from '../records/credential.ts';
import { type Demand, isInReach, meets } from './demand.ts';

const nothing: Demand = { acr: null, userVerified: false, maxAgeSeconds: null };
const credential = (members: object) =>
  ({
    state: 'active',
    backupKnown: true,
    backupEligible: true,
    attested: false,
    ...members,
  }) as Credential;
const synced = credential({});
const hardware = credential({ backupEligible: false, attested: true });
const session = { method: 'passkey', userVerified: true, authenticatedAt: 1_000_000 } as const;

describe('a session meets', () => {
  it.each<[string, Partial<Demand>, object, Credential | null, boolean]>([
    ['nothing, by any method', {}, { method: 'apple' }, null, true],
    ['phr by a passkey', { acr: 'phr' }, {}, synced, true],
    ['phr by a passkey that is gone', { acr: 'phr' }, {}, null, true],
    ['phr by Apple', { acr: 'phr' }, { method: 'apple', userVerified: false }, null, false],
    ['phr by hardware', { acr: 'phr' }, {}, hardware, true],
    ['phrh by hardware', { acr: 'phrh' }, {}, hardware, true],
    ['phrh by a synced passkey', { acr: 'phrh' }, {}, synced, false],
    ['phrh by a passkey that is gone', { acr: 'phrh' }, {}, null, false],
    ['verification', { userVerified: true }, {}, synced, true],
    [
      'verification that there was none of',
      { userVerified: true },
      { userVerified: false },
      synced,
      false,
    ],
    [
      'verification by a key that may exist twice',
      { userVerified: true },
      {},
      credential({ state: 'suspected-clone' }),
      false,
    ],
    ['an age to the second', { maxAgeSeconds: 100 }, { authenticatedAt: 1_000_000 }, synced, true],
    ['an age, and no more', { maxAgeSeconds: 100 }, { authenticatedAt: 999_999 }, synced, false],
  ])('%s', (_, demand, members, opener, met) => {
    expect(meets({ ...nothing, ...demand }, { ...session, ...members }, opener, 1_100_000)).toBe(
      met,
    );
  });
});

describe('a step-up can show', () => {
  it.each<[string, Partial<Demand>, Credential[], boolean]>([
    ['a fresh sign-in always', { maxAgeSeconds: 60 }, [], true],
    ['phrh with hardware', { acr: 'phrh' }, [synced, hardware], true],
    ['phrh without', { acr: 'phrh' }, [synced], false],
    ['verification with a passkey', { userVerified: true }, [synced], true],
    ['verification without one', { userVerified: true }, [], false],
  ])('%s', (_, demand, held, isReachable) => {
    expect(isInReach({ ...nothing, ...demand }, held)).toBe(isReachable);
  });
});
