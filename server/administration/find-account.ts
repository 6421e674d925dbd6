import { normalizeUsername, usernameKeys } from '../policy/username.ts';
import type { User } from '../records/user.ts';
import type { Administration } from './administration.ts';
import { RefusedAct } from './refusal.ts';

/** An account as an operator names it. */
export interface AccountName {
  readonly text: string;
  /** Undefined: whichever of the two it is. */
  readonly by: 'name' | 'id' | undefined;
}

/**
 * The account that the operator means. A user name can be chosen to look like another account's ID, so
 * a text that could mean two accounts means none.
 *
 * @throws {RefusedAct} `account_unknown`, `account_ambiguous`
 */
export async function findAccount(
  { store }: Pick<Administration, 'store'>,
  { text, by }: AccountName,
): Promise<User> {
  const keys = usernameKeys(normalizeUsername(text) ?? text);
  const [byName, byId] = await Promise.all([
    by === 'id' ? null : store.findUserByName(...keys),
    by === 'name' ? null : store.findUser(text),
  ]);
  if (byName !== null && byId !== null && byName.id !== byId.id) {
    throw new RefusedAct({ code: 'account_ambiguous', account: text });
  }
  const found = byName ?? byId;
  if (found === null) throw new RefusedAct({ code: 'account_unknown', account: text });
  return found;
}
