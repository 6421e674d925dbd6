import { RpError } from '../../../errors.ts';
import type { Opening, RecoveryStore } from '../../recovery.ts';
import type { Statements } from '../connections.ts';
import { settleAll } from '../settle-all.ts';
import type { Access } from '../transactions.ts';

/** After the account is held: whoever disables it waits, and ends this session too. */
export async function open(on: Statements, { session, replaces, audit }: Opening): Promise<void> {
  const user = await on.users.find(session.userId);
  if (user?.disabledAt !== null) throw new RpError('account_disabled');
  await settleAll([
    on.sessions.endReplaced(replaces?.id ?? null),
    on.sessions.open(session),
    // What apps got through the session that ends here does not go on through one that is restricted.
    replaces === null ? undefined : on.oidc.noteEnds(replaces.userId),
    on.audit.note(audit),
  ]);
}

export const recoveryOperations = ({ read, write }: Access): RecoveryStore => ({
  setRecoveryCode: ({ userId, verifierHash, createdAt, audit }) =>
    write(async (on) => {
      await on.users.holdOrRefuse(userId);
      await settleAll([on.recovery.setCode(userId, verifierHash, createdAt), on.audit.note(audit)]);
    }),
  findRecoveryCode: (userId) => read((on) => on.recovery.findCode(userId)),
  removeRecoveryCode: ({ userId, audit }) =>
    write(async (on) => {
      await on.recovery.removeCode(userId);
      await on.audit.note(audit);
    }),
  redeemRecoveryCode: ({ verifierHash, ...opening }) =>
    write(async (on) => {
      const { userId } = opening.session;
      await on.users.hold(userId);
      await on.recovery.useCode(userId, verifierHash);
      await open(on, opening);
    }),

  offerEnrolment: ({ tokenHash, userId, expiresAt, audit }) =>
    write(async (on) => {
      if (!(await on.users.hold(userId))) throw new RpError('not_found');
      await settleAll([
        on.recovery.offerEnrolment(tokenHash, userId, expiresAt),
        on.audit.note(audit),
      ]);
    }),
  findEnrolment: (tokenHash, now) => read((on) => on.recovery.findEnrolment(tokenHash, now)),
  redeemEnrolment: ({ tokenHash, now, ...opening }) =>
    write(async (on) => {
      const { userId } = opening.session;
      await on.users.hold(userId);
      await on.recovery.useEnrolment(tokenHash, userId, now);
      await open(on, opening);
    }),
});
