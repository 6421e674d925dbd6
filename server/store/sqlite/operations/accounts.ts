import type { AccountStore } from '../../accounts.ts';
import { noticeOfDeletion } from '../../notices.ts';
import { type Access, endSessionsOf, type Statements } from '../statements.ts';
import { endAppleLinks } from './apple.ts';
import { eraseHistories } from './upkeep.ts';

/** Links that are out must not come to life again with the account. */
function endWaysBack(on: Statements, userId: string): void {
  on.recovery.endEnrolments(userId);
  on.mail.run('remove_recovery_links', { userId });
}

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
      if (at === null) return 0;
      endWaysBack(on, userId);
      return endSessionsOf(on, userId);
    }),
  assignPolicy: (userId, policy, audit) =>
    write((on) => {
      on.users.assignPolicy(userId, policy);
      on.audit.note(audit);
    }),
  deleteAccount: async (userId, at, { deletion, by } = {}) => {
    const end = await write((on) => {
      const apple = endAppleLinks(on, userId, at);
      if (deletion !== undefined) on.outbox.notify([noticeOfDeletion(userId, deletion)]);
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
