import type { AppleLink } from '../records/apple.ts';
import type { Credential } from '../records/credential.ts';
import type { ImportedAccount, ImportOutcome } from '../records/imported-account.ts';
import type { User } from '../records/user.ts';

export interface ExportedAccount {
  readonly user: User;
  readonly credentials: readonly Credential[];
  readonly apple: readonly AppleLink[];
}

/** Accounts with what belongs to each. */
export function withTheirs(
  users: readonly User[],
  credentials: readonly Credential[],
  links: readonly AppleLink[],
): ExportedAccount[] {
  const held = Map.groupBy(credentials, ({ userId }) => userId);
  const linked = Map.groupBy(links, ({ userId }) => userId);
  return users.map((user) => ({
    user,
    credentials: held.get(user.id) ?? [],
    apple: linked.get(user.id) ?? [],
  }));
}

/** Accounts from and to other servers. */
export interface TransferStore {
  /**
   * Stores each account wholly or not at all, all of them in one transaction; one that is there, by its
   * user handle, gets the credentials that it lacks (but none that its owner deleted) and keeps what it
   * has. A dry run resolves to the same outcomes and stores nothing.
   */
  importAccounts(
    accounts: readonly ImportedAccount[],
    options?: { readonly dryRun?: boolean },
  ): Promise<ImportOutcome[]>;
  /** At most `limit` accounts, in one fixed order of their user handles; `after` is exclusive. */
  exportAccounts(after: string, limit: number): Promise<ExportedAccount[]>;
}
