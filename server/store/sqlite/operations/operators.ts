import { type FeedStore, placeFor } from '../../feed.ts';
import type { OperatorKeyStore } from '../../operator-keys.ts';
import type { OperatorStore } from '../../operators.ts';
import type { Access } from '../statements.ts';

/** @returns access whose every write asks first whether the key is still good */
export function underKey({ read, write }: Access, key: { id: string; now: number }): Access {
  return {
    read,
    write: (work) =>
      write((on) => {
        on.operatorKeys.refuseGone(key.id, key.now);
        return work(on);
      }),
  };
}

export const operatorOperations = ({
  read,
  write,
}: Access): OperatorStore & FeedStore & OperatorKeyStore => ({
  listOperatorEntries: (limit) => read((on) => on.operators.list(limit)),

  makeOperatorKey: (key, by) =>
    write((on) => {
      on.operatorKeys.make(key);
      on.operators.note(by);
    }),
  findOperatorKey: (keyHash, now) => read((on) => on.operatorKeys.find(keyHash, now)),
  listOperatorKeys: () => read((on) => on.operatorKeys.list()),
  revokeOperatorKey: (id, by) =>
    write((on) => {
      on.operatorKeys.revoke(id);
      on.operators.note(by);
    }),
  noteOperatorKeyUse: (id, day) => write((on) => on.operatorKeys.noteUse(id, day)),

  readFeed: async (after, limit) => {
    await placeFor(limit, () => write((on) => on.feed.place()));
    return read((on) => on.feed.read(after, limit));
  },
});
