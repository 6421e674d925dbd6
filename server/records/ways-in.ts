/**
 * What a way into an account is worth, by what it is: one table, which the policies and both dialects of the
 * store read. docs/life-of-a-passkey.md shows it to operators.
 */
import type { CredentialState } from './credential.ts';

export interface Worth {
  /** Options may name it, verify accepts it, and the Signal API keeps it on the device. */
  readonly isAccepted: boolean;
  /** It may be the last one that the account holds. */
  readonly isWayIn: boolean;
  /** A ceremony with it can verify the owner, and so confirm what asks for a step-up. */
  readonly verifies: boolean;
}

export const passkeyWorth: Readonly<Record<CredentialState, Worth>> = {
  active: { isAccepted: true, isWayIn: true, verifies: true },
  // It may be gone from its device; used again, it is active again.
  superseded: { isAccepted: true, isWayIn: false, verifies: true },
  // A key that may exist twice proves possession, but not that its owner holds it.
  'suspected-clone': { isAccepted: true, isWayIn: true, verifies: false },
  revoked: { isAccepted: false, isWayIn: false, verifies: false },
};

/** The states in which a passkey is accepted. */
export const acceptedStates = (Object.keys(passkeyWorth) as CredentialState[]).filter(
  (state) => passkeyWorth[state].isAccepted,
);

/** The states in which a passkey is a way in. */
export const wayInStates = (Object.keys(passkeyWorth) as CredentialState[]).filter(
  (state) => passkeyWorth[state].isWayIn,
);

/**
 * The ways in of which one must be left when another is given up. A further kind of way in is a member
 * here and a term in the statement of each dialect that counts what is left.
 */
export interface KeepOneOf {
  /** IDs of credentials. */
  readonly passkeys: readonly string[];
  /** Teams of developers: the account's active links with a person of theirs at Apple. */
  readonly apple: readonly string[];
}
