import type { Config } from '../../config.ts';
import { normalizeUsername, usernameKey } from '../../policy/username.ts';
import type { ByOperator } from '../../records/audit/evidence.ts';
import type { AuditKind, EntryOf, Evidence } from '../../records/audit.ts';
import type { User } from '../../records/user.ts';
import type { Store } from '../../store/store.ts';
import { plain } from './print.ts';
import type { AccountName } from './usage.ts';

/** What the commands are given: nothing else reaches the store or a clock. */
export interface AdminDeps {
  readonly config: Pick<Config, 'rpId' | 'formerRpIds' | 'credentialPolicies'>;
  readonly store: Store;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Who is at the keyboard, as the operating system says, for the audit. */
  readonly operator: string;
}

/** Something the operator asked for can't be done; the text says why. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
}

/**
 * The account that the operator means. A user name can be chosen to look like another account's ID, so
 * what could mean two accounts means none.
 *
 * @throws {AdminError}
 */
export async function findAccount({ store }: AdminDeps, { text, by }: AccountName): Promise<User> {
  const key = usernameKey(normalizeUsername(text) ?? text);
  const [byName, byId] = await Promise.all([
    by === 'id' ? null : store.findUserByName(key),
    by === 'name' ? null : store.findUser(text),
  ]);
  if (byName !== null && byId !== null && byName.id !== byId.id) {
    throw new AdminError(
      `${plain(text)} is the user name of one account and the ID of another: say --by name or --by id.`,
    );
  }
  const found = byName ?? byId;
  if (found === null) throw new AdminError(`There is no account ${plain(text)}.`);
  return found;
}

export const byOperator = ({ operator }: AdminDeps): ByOperator => ({ by: 'admin', operator });

export function auditOperator<Kind extends AuditKind>(
  { now }: AdminDeps,
  { id }: User,
  kind: Kind,
  credentialId: string | null,
  evidence: Evidence<Kind>,
): EntryOf<Kind> {
  return { at: now(), kind, userId: id, credentialId, sessionId: null, evidence };
}
