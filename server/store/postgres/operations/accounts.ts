import type { AccountStore } from '../../accounts.ts';
import { noticeOfDeletion } from '../../notices.ts';
import { settleAll } from '../settle-all.ts';
import type { Access } from '../transactions.ts';
import { endAppleLinks } from './apple.ts';

export const accountOperations = ({ read, write }: Access): AccountStore => ({
  findUser: (id) => read((on) => on.users.find(id)),
  findUserByName: (...keys) => read((on) => on.users.findByName(keys)),
  listUsers: (page) => read((on) => on.users.list(page)),
  updateAccount: (input) =>
    write(async (on) => {
      const [user] = await settleAll([
        on.users.update(input.userId, input),
        on.audit.note(input.audit),
      ]);
      return user;
    }),
  disableUser: (userId, at, audit) =>
    write(async (on) => {
      const [, ended] = await settleAll([
        on.users.disable(userId, at),
        at === null ? 0 : on.sessions.endAll(userId),
        // Links that are out must not come to life again with the account.
        at === null ? undefined : on.recovery.endEnrolments(userId),
        at === null ? undefined : on.mail.run('remove_recovery_links', { userId }),
        at === null ? undefined : on.oidc.endAll(userId),
        at === null ? undefined : on.oidc.noteEnds(userId),
        on.audit.note(audit),
      ]);
      return ended;
    }),
  assignPolicy: (userId, policy, audit) =>
    write(async (on) => {
      await settleAll([on.users.assignPolicy(userId, policy), on.audit.note(audit)]);
    }),
  deleteAccount: (userId, at, { deletion, by } = {}) =>
    write(
      async (on) => {
        await on.users.hold(userId);
        const end = await endAppleLinks(on, userId, at);
        if (deletion !== undefined) await on.outbox.notify([noticeOfDeletion(userId, deletion)]);
        await on.audit.eraseAll(userId);
        const removed = await on.users.remove(userId);
        if (removed && by !== undefined) await on.operators.note(by);
        await on.oidc.noteEnds(userId);
        return end;
      },
      { repeatable: true },
    ),
});
