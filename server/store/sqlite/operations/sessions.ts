import { RpError } from '../../../errors.ts';
import { lineageOf } from '../../../records/session.ts';
import type { SessionStore } from '../../sessions.ts';
import { type Access, endSessionsOf } from '../statements.ts';

export const sessionOperations = ({ read, write }: Access): SessionStore => ({
  findSession: (tokenHash, now) => read((on) => on.sessions.find(tokenHash, now)),
  listSessions: (userId, now) => read((on) => on.sessions.list(userId, now)),

  endSession: (input) =>
    write((on) => {
      const lineage = on.sessions.end(input.userId, input.id);
      if (input.appsToo) on.oidc.endLineage(input.userId, lineage);
      on.oidc.noteEnds(input.userId);
      on.audit.note(input.audit);
    }),
  endOtherSessions: ({ userId, keep, audit }) =>
    write((on) => {
      on.sessions.refuseMissing(userId, keep.id);
      const ended = on.sessions.endOthers(userId, keep.id);
      const grants = on.oidc.endOtherLineages(userId, lineageOf(keep));
      on.oidc.noteEnds(userId);
      if (ended + grants > 0) on.audit.note(audit);
      return ended;
    }),
  endSessions: (userId, audit) =>
    write((on) => {
      if (on.users.find(userId) === null) throw new RpError('not_found');
      on.audit.note(audit);
      return endSessionsOf(on, userId);
    }),
});
