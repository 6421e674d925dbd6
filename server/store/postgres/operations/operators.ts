import { type FeedStore, placeFor } from '../../feed.ts';
import type { OperatorKeyStore } from '../../operator-keys.ts';
import type { OperatorStore } from '../../operators.ts';
import { settleAll } from '../settle-all.ts';
import type { Access } from '../transactions.ts';

/** @returns access whose every write asks first whether the key is still good */
export function underKey(access: Access, key: { id: string; now: number }): Access {
  return {
    ...access,
    write: (work, { repeatable = false } = {}) =>
      access.write(
        async (on) => {
          await on.operatorKeys.holdOrRefuse(key.id, key.now);
          return work(on);
        },
        { repeatable },
      ),
  };
}

export const operatorOperations = ({
  read,
  write,
}: Access): OperatorStore & FeedStore & OperatorKeyStore => ({
  listOperatorEntries: (limit) => read((on) => on.operators.list(limit)),

  makeOperatorKey: (key, by) =>
    write(async (on) => {
      await settleAll([on.operatorKeys.make(key), on.operators.note(by)]);
    }),
  findOperatorKey: (keyHash, now) => read((on) => on.operatorKeys.find(keyHash, now)),
  listOperatorKeys: () => read((on) => on.operatorKeys.list()),
  revokeOperatorKey: (id, by) =>
    write(async (on) => {
      await settleAll([on.operatorKeys.revoke(id), on.operators.note(by)]);
    }),
  noteOperatorKeyUse: (id, day) => write((on) => on.operatorKeys.noteUse(id, day)),

  readFeed: async (after, limit) => {
    await placeFor(limit, () => write((on) => on.feed.place(), { repeatable: true }));
    return read((on) => on.feed.read(after, limit));
  },
});
