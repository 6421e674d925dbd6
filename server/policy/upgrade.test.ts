import { describe, expect, it } from 'vitest';
import type { Credential, CredentialState } from '../records/credential.ts';
import { anyCredential } from './credential-policy.ts';
import { offersUpgrade, upgradeReason } from './upgrade.ts';

const ours = 'example.org';

function held(more: Partial<Credential>): Credential {
  return {
    ...{ id: 'AAAA', userId: 'u', name: 'Passkey', state: 'active' },
    ...{ publicKey: new Uint8Array(77), algorithm: -7, signCount: 0, uvInitialized: true },
    ...{ backupEligible: false, backedUp: false, backupKnown: true, transports: ['internal'] },
    ...{ aaguid: '00000000-0000-0000-0000-000000000000', attachment: 'platform', rpId: ours },
    ...{ createdAt: 0, lastUsedAt: null, lastUserAgent: null, lastCountry: null },
    ...{
      upgradeAfter: null,
      counterFellAt: null,
      useKnown: true,
      userHandle: { kind: 'account' as const },
    },
    attested: false,
    ...more,
  };
}

/** By the AAGUID of Apple's attestation of credentials that do not sync. */
const legacy = { aaguid: 'f24a8e70-d0d3-f82c-2937-32523cc4de5a' };
const synced = { backupEligible: true, backedUp: true };
const moved = { rpId: 'old.example' };

const kinds: [string, Partial<Credential>, lenient: string | null, strict: string | null][] = [
  ['a passkey that syncs', synced, null, null],
  ['a device-bound one', {}, null, null],
  ['a legacy one', legacy, 'legacy-platform-credential', null],
  ['one of a former domain', { ...synced, ...moved }, 'former-domain', 'former-domain'],
  ['a legacy one of a former domain', { ...legacy, ...moved }, 'former-domain', 'former-domain'],
];
const states: CredentialState[] = ['active', 'superseded', 'suspected-clone', 'revoked'];

const rows = kinds.flatMap(([what, traits, lenient, strict]) =>
  states.flatMap((state) => {
    const expected = (reason: string | null) => (state === 'revoked' ? null : reason);
    return [
      { what, traits, state, deviceBoundOnly: false, reason: expected(lenient) },
      { what, traits, state, deviceBoundOnly: true, reason: expected(strict) },
    ];
  }),
);

describe('a better passkey', () => {
  it.each(rows)(
    'in the place of $what, $state, deviceBoundOnly $deviceBoundOnly: $reason',
    ({ traits, state, deviceBoundOnly, reason }) => {
      expect(
        upgradeReason(held({ ...traits, state }), ours, { ...anyCredential, deviceBoundOnly }),
      ).toBe(reason);
    },
  );

  it.each([
    ['nobody ever said "not now"', null, true],
    ['the time is over', 1000, true],
    ['a millisecond is left', 1001, false],
  ])('is offered where %s: %s', (_when, upgradeAfter, offered) => {
    expect(offersUpgrade(held({ upgradeAfter }), 1000)).toBe(offered);
  });
});
