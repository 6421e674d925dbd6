import { RpError } from '../../../errors.ts';
import type { Opening, RecoveryStore } from '../../recovery.ts';
import type { Access, Statements } from '../statements.ts';

export function open(on: Statements, { session, replaces, audit }: Opening): void {
  if (on.users.find(session.userId)?.disabledAt !== null) throw new RpError('account_disabled');
  on.sessions.open(session, replaces);
  // What apps got through the session that ends here does not go on through one that is restricted.
  if (replaces !== null) on.oidc.noteEnds(replaces.userId);
  on.audit.note(audit);
}

export const recoveryOperations = ({ read, write }: Access): RecoveryStore => ({
  setRecoveryCode: ({ userId, verifierHash, createdAt, audit }) =>
    write((on) => {
      on.users.refuseMissing(userId);
      on.recovery.setCode(userId, verifierHash, createdAt);
      on.audit.note(audit);
    }),
  findRecoveryCode: (userId) => read((on) => on.recovery.findCode(userId)),
  removeRecoveryCode: ({ userId, audit }) =>
    write((on) => {
      on.recovery.removeCode(userId);
      on.audit.note(audit);
    }),
  redeemRecoveryCode: ({ verifierHash, ...opening }) =>
    write((on) => {
      on.recovery.useCode(opening.session.userId, verifierHash);
      open(on, opening);
    }),

  offerEnrolment: ({ tokenHash, userId, expiresAt, audit }) =>
    write((on) => {
      if (on.users.find(userId) === null) throw new RpError('not_found');
      on.recovery.offerEnrolment(tokenHash, userId, expiresAt);
      on.audit.note(audit);
    }),
  findEnrolment: (tokenHash, now) => read((on) => on.recovery.findEnrolment(tokenHash, now)),
  redeemEnrolment: ({ tokenHash, now, ...opening }) =>
    write((on) => {
      on.recovery.useEnrolment(tokenHash, now);
      open(on, opening);
    }),
});
