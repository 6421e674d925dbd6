import { RpError } from '../../../errors.ts';
import { lineageOf } from '../../../records/session.ts';
import type { SessionStore } from '../../sessions.ts';
import { settleAll } from '../settle-all.ts';
import type { Access } from '../transactions.ts';

export const sessionOperations = ({ read, write }: Access): SessionStore => ({
  findSession: (tokenHash, now) => read((on) => on.sessions.find(tokenHash, now)),
  listSessions: (userId, now) => read((on) => on.sessions.list(userId, now)),
  endSession: (input) =>
    write(async (on) => {
      const lineage = await on.sessions.end(input.userId, input.id);
      await settleAll([
        input.appsToo ? on.oidc.endLineage(input.userId, lineage) : undefined,
        on.oidc.noteEnds(input.userId),
        on.audit.note(input.audit),
      ]);
    }),
  endOtherSessions: ({ userId, keep, audit }) =>
    write(async (on) => {
      const [, , ended, grants] = await settleAll([
        on.users.hold(userId),
        on.sessions.holdOrRefuse(userId, keep.id),
        on.sessions.endOthers(userId, keep.id),
        on.oidc.endOtherLineages(userId, lineageOf(keep)),
        on.oidc.noteEnds(userId),
      ]);
      if (ended + grants > 0) await on.audit.note(audit);
      return ended;
    }),
  endSessions: (userId, audit) =>
    write(async (on) => {
      if (!(await on.users.hold(userId))) throw new RpError('not_found');
      const [ended] = await settleAll([
        on.sessions.endAll(userId),
        on.oidc.endAll(userId),
        on.oidc.noteEnds(userId),
        on.audit.note(audit),
      ]);
      return ended;
    }),
});
