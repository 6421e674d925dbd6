import type { AppleLink } from './apple.ts';
import type { AuditEntry } from './audit.ts';
import type { Credential } from './credential.ts';
import type { User } from './user.ts';

/** An account that another relying party server kept until now. */
export interface ImportedAccount {
  readonly user: User;
  readonly usernameKey: string;
  readonly credentials: readonly Credential[];
  readonly audit: readonly AuditEntry[];
  /** Stored if the account is made; one that is there keeps what its owner made of it. */
  readonly apple?: readonly AppleLink[];
}

/**
 * `created`; `extended` by credentials it did not have; `unchanged`; `corrected`: made in the place of one that an
 * earlier import made under another user handle, and that nobody has used; or why nothing of it was stored:
 * its name, one of its credentials or its person at Apple is another account's.
 */
export type ImportOutcome =
  | 'created'
  | 'extended'
  | 'unchanged'
  | 'corrected'
  | 'username_taken'
  | 'credential_exists'
  | 'apple_taken';
