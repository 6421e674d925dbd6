import type { CredentialState } from '../records/credential.ts';

/**
 * The life of a credential: who may do what in each state. docs/life-of-a-passkey.md has the same table.
 *
 * | state | signs in | verifies the user | a way in |
 * | --- | --- | --- | --- |
 * | active | yes | yes | yes |
 * | superseded | yes, and is active again | yes | no: it may be gone |
 * | suspected-clone | yes | no | yes |
 * | revoked | no, it is unknown | no | no |
 */
interface InState {
  readonly state: CredentialState;
}

/** Whether options may name it, verify accepts it, and the Signal API keeps it on the device. */
export const isAccepted = ({ state }: InState): boolean => state !== 'revoked';

/** Whether it may be the last one that an account holds. */
export const isWayIn = ({ state }: InState): boolean =>
  state === 'active' || state === 'suspected-clone';

/** A key that may exist twice proves possession, but not that its owner holds it. */
export const verifiesUser = ({ state }: InState): boolean =>
  state === 'active' || state === 'superseded';
