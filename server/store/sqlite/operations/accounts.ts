import type { AccountStore } from '../../accounts.ts';
import { type Access, endSessionsOf } from '../statements.ts';
import { endAppleLinks } from './apple.ts';
import { eraseHistories } from './upkeep.ts';

export const accountOperations = ({ read, write }: Access): AccountStore => ({
  findUser: (id) => read((on) => on.users.find(id)),
  findUserByName: (...keys) => read((on) => on.users.findByName(keys)),
  listUsers: (page) => read((on) => on.users.list(page)),

  updateAccount: (input) =>
    write((on) => {
      const user = on.users.update(input.userId, input);
      on.audit.note(input.audit);
      return user;
    }),
  disableUser: (userId, at, audit) =>
    write((on) => {
      on.users.disable(userId, at);
      on.audit.note(audit);
      return at === null ? 0 : endSessionsOf(on, userId);
    }),
  assignPolicy: (userId, policy, audit) =>
    write((on) => {
      on.users.assignPolicy(userId, policy);
      on.audit.note(audit);
    }),
  deleteAccount: async (userId, at, by) => {
    const end = await write((on) => {
      const apple = endAppleLinks(on, userId, at);
      if (on.users.remove(userId) && by !== undefined) on.operators.note(by);
      on.oidc.noteEnds(userId);
      on.audit.erase(userId);
      return apple;
    });
    // The account is gone; what is left of its history then, the next purge deletes.
    await eraseHistories({ read, write }).catch(() => {});
    return end;
  },
});
