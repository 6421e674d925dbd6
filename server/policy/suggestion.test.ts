import { describe, expect, it } from 'vitest';
import type { CredentialState, HeldCredential } from '../records/credential.ts';
import { backupLost, suggest, suggestForAccount } from './suggestion.ts';

const one = (state: CredentialState, backupEligible: boolean): HeldCredential => ({
  ...{ id: 'AAAA', rpId: 'example.org', state, backupEligible },
});
const bound = one('active', false);
const synced = one('active', true);

describe('what an account is advised', () => {
  it.each<[string, HeldCredential[], string | null]>([
    ['one that syncs', [synced], null],
    ['one device-bound passkey', [bound], 'second-passkey'],
    ['one device-bound passkey under suspicion', [one('suspected-clone', false)], 'second-passkey'],
    ['two device-bound ones', [bound, bound], null],
    ['a device-bound one and one that syncs', [bound, synced], null],
    [
      'a device-bound one beside a superseded one',
      [bound, one('superseded', true)],
      'second-passkey',
    ],
    ['a device-bound one beside a revoked one', [bound, one('revoked', true)], 'second-passkey'],
    ['one that syncs beside a superseded one', [synced, one('superseded', false)], null],
    ['no way in at all', [one('revoked', false), one('superseded', false)], null],
    ['nothing', [], null],
  ])('with %s', (_what, held, suggestion) => {
    expect(suggestForAccount(held)).toBe(suggestion);
  });
});

const phone = { transports: ['internal', 'hybrid'] };
const key = { transports: ['usb', 'nfc'] };
const across = 'cross-platform';

describe('what is most useful after a sign-in', () => {
  it.each<
    [string, { transports: string[] }, string | null, boolean, HeldCredential[], string | null]
  >([
    ['the phone beside this device', phone, across, false, [synced], 'local-passkey'],
    ['this device', phone, 'platform', false, [synced], null],
    ['a client that does not say', phone, null, false, [synced], null],
    ['a security key, the only one', key, across, false, [bound], 'second-passkey'],
    ['a security key beside a passkey', key, across, false, [bound, synced], null],
    ['the phone, before anything of the account', phone, across, false, [bound], 'local-passkey'],
    ['a lost backup, before the phone', phone, across, true, [synced], 'backup-lost'],
    ['a lost backup, before the account', phone, 'platform', true, [bound], 'backup-lost'],
  ])('with %s', (_what, used, attachment, lost, held, suggestion) => {
    expect(suggest(used, { attachment, backupLost: lost }, held)).toBe(suggestion);
  });
});

describe('a backup is lost', () => {
  it.each([
    ['was backed up and is not any more', true, true, false, true],
    ['is backed up still', true, true, true, false],
    ['never was', true, false, false, false],
    ['is now', true, false, true, false],
    ['nobody knew of', false, true, false, false],
  ])('where it %s', (_what, backupKnown, recorded, presented, lost) => {
    const before = { backupKnown, backedUp: recorded };
    expect(backupLost(before, { backedUp: presented })).toBe(lost);
  });
});
