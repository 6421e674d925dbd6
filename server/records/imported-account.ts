import type { AuditEntry } from './audit.ts';
import type { Credential } from './credential.ts';
import type { User } from './user.ts';

/** An account that another relying party server kept until now. */
export interface ImportedAccount {
  readonly user: User;
  readonly usernameKey: string;
  readonly credentials: readonly Credential[];
  readonly audit: readonly AuditEntry[];
}

/**
 * `created`; `extended` by credentials it did not have; `unchanged`; `corrected`: made in the place of one that an
 * earlier import made under another user handle, and that nobody has used; or why nothing of it was stored:
 * its name or one of its credentials is another account's.
 */
export type ImportOutcome =
  | 'created'
  | 'extended'
  | 'unchanged'
  | 'corrected'
  | 'username_taken'
  | 'credential_exists';
