import { describe, expect, it } from 'vitest';
import {
  anyCredential,
  type CredentialPolicy,
  policyFor,
  violationOf,
} from './credential-policy.ts';

const mine = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd';
const other = '2fc0579f-8113-47ea-b116-bb5a8db9202a';
const policy = (more: Partial<CredentialPolicy>): CredentialPolicy => ({
  ...anyCredential,
  ...more,
});

describe('a credential policy', () => {
  it.each<[string, Partial<CredentialPolicy>, bound: string | null, syncs: string | null]>([
    ['any', {}, null, null],
    ['deviceBoundOnly', { deviceBoundOnly: true }, null, 'syncs'],
    ['allow it', { allow: [other, mine] }, null, null],
    ['allow another', { allow: [other] }, 'provider-not-allowed', 'provider-not-allowed'],
    ['allow none', { allow: [] }, 'provider-not-allowed', 'provider-not-allowed'],
    ['deny it', { deny: [mine] }, 'provider-denied', 'provider-denied'],
    ['deny another', { deny: [other] }, null, null],
    ['allow and deny it', { allow: [mine], deny: [mine] }, 'provider-denied', 'provider-denied'],
    [
      'deviceBoundOnly, allow another',
      { deviceBoundOnly: true, allow: [other] },
      ...(['provider-not-allowed', 'syncs'] as const),
    ],
    [
      'deviceBoundOnly, deny it',
      { deviceBoundOnly: true, deny: [mine] },
      'provider-denied',
      'syncs',
    ],
  ])('%s', (_name, rules, bound, syncs) => {
    const judge = (backupEligible: boolean) =>
      violationOf(policy(rules), { aaguid: mine, backupEligible });
    expect([judge(false), judge(true)]).toEqual([bound, syncs]);
  });
});

describe('an account', () => {
  const kiosk = policy({ deviceBoundOnly: true });
  const fallback = policy({ deny: [other] });

  it.each<[string, Record<string, CredentialPolicy>, string | null, CredentialPolicy]>([
    ['nothing is configured', {}, null, anyCredential],
    ['none was assigned', { default: fallback, kiosk }, null, fallback],
    ['none was assigned and there is no default', { kiosk }, null, anyCredential],
    ['one was assigned', { default: fallback, kiosk }, 'kiosk', kiosk],
    ['the assigned one is configured no longer', { default: fallback }, 'kiosk', fallback],
    ['the assigned one and the default are gone', {}, 'kiosk', anyCredential],
    ['the assigned name is a word of the language', { default: fallback }, 'constructor', fallback],
  ])('where %s', (_when, policies, assigned, expected) => {
    expect(policyFor(policies, { policy: assigned })).toBe(expected);
  });
});
