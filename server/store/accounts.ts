import type { AppleEnd } from '../records/apple.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { Deletion } from '../records/notice.ts';
import type { OperatorEntry } from '../records/operator-entry.ts';
import type { User } from '../records/user.ts';

/** Accounts and their names. */
export interface AccountStore {
  findUser(id: string): Promise<User | null>;
  /** The account under the first of these keys that has one. */
  findUserByName(...usernameKeys: string[]): Promise<User | null>;
  /**
   * At most `limit` accounts whose user-name key begins with `search`, in the order of the bytes of their
   * keys; `after` is exclusive. `next` is the `after` of the following page, null on the last page.
   */
  listUsers(page: {
    search?: string;
    after?: string;
    limit: number;
  }): Promise<{ users: User[]; next: string | null }>;
  /**
   * Changes what is given and leaves the rest; resolves to the account as it is then.
   * Refuses with `username_taken`, `unauthenticated` (account gone).
   */
  updateAccount(input: {
    userId: string;
    name?: { readonly username: string; readonly usernameKey: string };
    displayName?: string;
    audit: readonly AuditEntry[];
  }): Promise<User>;
  /**
   * Closes the account to its owner from `at` on and ends its sessions and the links back into it, or opens it
   * again with null; resolves to the number of sessions that ended. Refuses with `not_found`.
   */
  disableUser(userId: string, at: number | null, audit: readonly AuditEntry[]): Promise<number>;
  /** Refuses with `not_found`. */
  assignPolicy(userId: string, policy: string | null, audit: readonly AuditEntry[]): Promise<void>;
  /**
   * Removes the account and everything that belongs to it; its refresh tokens at Apple are queued to be revoked.
   * If it was there, its verified address is told of `deletion`, and `by` is kept if an operator removes it.
   */
  deleteAccount(
    userId: string,
    at: number,
    told?: { readonly deletion?: Deletion; readonly by?: OperatorEntry },
  ): Promise<AppleEnd>;
}
