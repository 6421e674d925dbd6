import type { CredentialState } from '../credential.ts';
import type { ByOperator, ByOwner, OfCeremony, OfPasskey } from './evidence.ts';
import { noticed, routine, security } from './kind.ts';

/** A registration ceremony, and what it told of the new passkey. */
export interface OfRegistration extends OfCeremony, OfPasskey {
  readonly aaguid: string;
  /** The format of the attestation statement. */
  readonly fmt: string;
  /** COSE algorithm identifier. */
  readonly algorithm: number;
  readonly transports: readonly string[];
  readonly discoverable: boolean | null;
}

/** An authentication ceremony with the passkey. */
export interface OfAuthentication extends OfCeremony, OfPasskey {
  /** The counter before it. */
  readonly storedSignCount: number;
}

/** The kinds that an authentication ceremony can come to. */
export type AuthenticationKind =
  | 'signed-in'
  | 'stepped-up'
  | 'passkey-refused'
  | 'passkey-reactivated'
  | 'backup-lost'
  | 'backup-eligibility-changed'
  | 'sign-count-regressed'
  | 'clone-suspicion-cleared';

type Managed = ByOwner & OfPasskey;
type Judged = ByOperator & OfPasskey & { readonly from: CredentialState };

/** Passkeys: how they come and go, what happens to them, and what speaks against one. */
export const passkeyKinds = {
  'passkey-added': noticed<OfRegistration>(),
  /** `upgrades` is the ID of the passkey that it replaces. */
  'passkey-upgraded': noticed<OfRegistration & { upgrades: string }>(),
  'passkey-deleted': noticed<Managed>(),
  /** `name` is the new one. */
  'passkey-renamed': routine<Managed & { from: string }>(),
  'upgrade-postponed': routine<Managed>(),
  'passkey-revoked': noticed<Judged>(),
  'passkey-restored': noticed<Judged>(),
  /** The policy of the account does not allow it. */
  'passkey-refused': security<OfAuthentication>(),
  'passkey-reactivated': routine<OfAuthentication>(),
  'backup-lost': routine<OfAuthentication>(),
  'backup-eligibility-changed': security<OfAuthentication>(),
  'sign-count-regressed': noticed<OfAuthentication>(),
  /** The ceremony is that of another passkey; `name` is that of the one which is no longer suspected. */
  'clone-suspicion-cleared': security<OfAuthentication>(),
} as const;
