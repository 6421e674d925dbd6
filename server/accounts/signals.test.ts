import { describe, expect, it } from 'vitest';
import type { CredentialState } from '../records/credential.ts';
import type { User } from '../records/user.ts';
import { signalsFor, signalsOfDeleted } from './signals.ts';

const config = { rpId: 'new.example', formerRpIds: ['old.example', 'older.example'] };
const user: User = {
  ...{ id: 'dXNlcg', username: 'ada', displayName: 'Ada', createdAt: 0 },
  ...{ disabledAt: null, policy: null },
};
const userId = user.id;
const held = (id: string, rpId: string, state: CredentialState = 'active') => ({ id, rpId, state });
const accepted = (rpId: string, ...allAcceptedCredentialIds: string[]) => ({
  ...{ rpId, userId, allAcceptedCredentialIds },
});

describe('signals', () => {
  it.each<[string, Parameters<typeof signalsFor>[2], object]>([
    ['nothing', [], {}],
    [
      'passkeys of ours',
      [held('a', 'new.example'), held('b', 'new.example')],
      { allAcceptedCredentials: accepted('new.example', 'a', 'b') },
    ],
    [
      'passkeys in every state',
      [
        held('a', 'new.example'),
        held('b', 'new.example', 'superseded'),
        held('c', 'new.example', 'suspected-clone'),
        held('d', 'new.example', 'revoked'),
      ],
      { allAcceptedCredentials: accepted('new.example', 'a', 'b', 'c') },
    ],
    ['a revoked passkey alone', [held('a', 'new.example', 'revoked')], {}],
    [
      'a passkey of a former domain',
      [held('a', 'old.example', 'superseded')],
      { formerDomains: [accepted('old.example', 'a')] },
    ],
    [
      'passkeys of all domains, one of them revoked',
      [
        held('a', 'old.example'),
        held('b', 'new.example'),
        held('c', 'older.example', 'revoked'),
        held('d', 'old.example'),
      ],
      {
        allAcceptedCredentials: accepted('new.example', 'b'),
        formerDomains: [accepted('old.example', 'a', 'd')],
      },
    ],
    ['a passkey of a domain that is served no longer', [held('a', 'gone.example')], {}],
  ])('of an account with %s name just these', (_what, credentials, expected) => {
    const currentUserDetails = { rpId: 'new.example', userId, name: 'ada', displayName: 'Ada' };
    const signals = signalsFor(config, user, credentials);
    expect(signals).toEqual({ ...expected, currentUserDetails });
    // An empty list would remove every passkey there.
    expect(JSON.stringify(signals)).not.toContain('[]');
  });

  it('of an account that is gone are empty for every domain, on purpose', () => {
    expect(signalsOfDeleted(config, userId)).toEqual({
      allAcceptedCredentials: accepted('new.example'),
      formerDomains: [accepted('old.example'), accepted('older.example')],
    });
    const unmoved = { rpId: 'new.example', formerRpIds: [] };
    expect(signalsOfDeleted(unmoved, userId)).toEqual({
      allAcceptedCredentials: accepted('new.example'),
    });
  });
});
