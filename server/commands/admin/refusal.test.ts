import { expect, it } from 'vitest';
import type { Refusal } from '../../administration/refusal.ts';
import { refusalText } from './refusal.ts';

it.each<[Refusal, string]>([
  [{ code: 'account_unknown', account: 'a\u001b[2J' }, 'There is no account a\\u001b[2J.'],
  [{ code: 'name_unusable', account: 'a b' }, "a b can't be a user name."],
  [{ code: 'name_taken', account: 'ann' }, 'There is an account ann already.'],
  [{ code: 'account_ambiguous', account: 'ann' }, 'say --by name or --by id'],
  [
    { code: 'passkey_unknown', username: 'hal', passkey: 'AQ' },
    'hal has no passkey with the ID AQ.',
  ],
  [
    { code: 'policy_unknown', policy: 'strict', configured: ['default', 'kiosk'] },
    'There is no policy strict: CREDENTIAL_POLICIES has default, kiosk.',
  ],
  [{ code: 'salt_missing' }, 'There is no salt yet'],
  [{ code: 'rotation_missing' }, 'No rotation is under way.'],
  [
    { code: 'rotation_too_young', finishableAt: '2026-06-01T12:01:10.000Z' },
    'until 2026-06-01T12:01:10Z',
  ],
  [{ code: 'vaults_orphaned', orphans: 1 }, 'Nothing would open one vault any more'],
])('$code is told in words that steer no terminal', (refusal, words) => {
  expect(refusalText(refusal)).toContain(words);
});
