/** What the migration that folds ẞ must do with accounts of before, on both dialects. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { usernameKeys } from '../../policy/username.ts';
import type { Store } from '../../store/store.ts';
import { newUser } from '../records.ts';

const file = {
  sqlite: 'sqlite/0009_folded_names.sql',
  postgres: 'postgres/0008_folded_names.sql',
};

/** @param run runs a statement on the database of the store */
export async function expectFoldedNames(
  dialect: keyof typeof file,
  store: Store,
  run: (sql: string) => Promise<unknown>,
): Promise<void> {
  // Under the keys that they had then.
  const stored = [
    ['straẞ', 'straß'],
    ['weiß', 'weiss'],
    ['weiẞ', 'weiß'],
    ['maẞss', 'maßss'],
    ['massẞ', 'massß'],
    ['ann', 'ann'],
  ] as const;
  const accounts = stored.map(([username, usernameKey]) => ({
    ...{ user: newUser(username), usernameKey, credentials: [], audit: [] },
  }));
  await store.importAccounts(accounts);
  const migration = new URL(`../../../migrations/${file[dialect]}`, import.meta.url);
  await run(readFileSync(migration, 'utf8'));

  // Whoever types their name as they did before is still meant by it.
  for (const { user } of accounts) {
    expect(await store.findUserByName(...usernameKeys(user.username))).toEqual(user);
  }
  const keyOf = async (key: string) => (await store.findUserByName(key))?.username;
  expect(await keyOf('strass')).toBe('straẞ');
  expect(await keyOf('straß')).toBeUndefined();
  expect([await keyOf('weiss'), await keyOf('weiß')]).toEqual(['weiß', 'weiẞ']);
  // Of two that come to one key, one has it.
  expect(['maẞss', 'massẞ']).toContain(await keyOf('massss'));
  expect([await keyOf('maßss'), await keyOf('massß')].filter(Boolean)).toHaveLength(1);
}
