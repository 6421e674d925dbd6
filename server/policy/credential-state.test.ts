import { describe, expect, it } from 'vitest';
import { isAccepted, isWayIn, verifiesUser } from './credential-state.ts';

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
