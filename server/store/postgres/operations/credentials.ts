import type { CredentialStore } from '../../credentials.ts';
import { settleAll } from '../settle-all.ts';
import type { Access } from '../transactions.ts';

export const credentialOperations = ({ read, write }: Access): CredentialStore => ({
  findCredential: (id) => read((on) => on.credentials.find(id)),
  findOpener: (id) => read((on) => on.credentials.findOpener(id)),
  listCredentials: (userId) => read((on) => on.credentials.list(userId)),
  sampleCredentials: (from, limit) => read((on) => on.transfer.sampleCredentials(from, limit)),
  countCredentials: () => read((on) => on.transfer.countCredentials()),
  renameCredential: (input) =>
    write(async (on) => {
      await settleAll([
        on.credentials.rename(input.userId, input.id, input.name),
        on.audit.note(input.audit),
      ]);
    }),
  deleteCredential: (input) =>
    write(async (on) => {
      await settleAll([
        on.users.hold(input.userId),
        on.credentials.holdOrRefuse(input.userId, input.id),
        on.oidc.endOpenedBy(input.userId, input.id, input.keepSession),
        on.sessions.endOpenedBy(input.id, input.keepSession),
        on.oidc.noteEnds(input.userId),
        input.ignoresVault ? undefined : on.vaults.giveUp(input.userId, input.id),
        // The passkey may be the one whose use has ended a recovery.
        on.mail.run('remove_recovery_links', { userId: input.userId }),
        on.credentials.remove(input.userId, input.id),
        on.credentials.refuseNone(input.userId, input.keepOneOf),
        on.audit.note(input.audit),
      ]);
    }),
  setCredentialState: (input) =>
    write(async (on) => {
      const { userId, id, state } = input;
      const revokes = state === 'revoked';
      const [, , ended] = await settleAll([
        on.credentials.holdOrRefuse(userId, id),
        on.credentials.changeState(userId, id, state),
        revokes ? on.sessions.endOpenedBy(id, '') : 0,
        revokes ? on.oidc.endOpenedBy(userId, id, '') : undefined,
        revokes ? on.oidc.noteEnds(userId) : undefined,
        on.audit.note(input.audit),
      ]);
      return ended;
    }),
  postponeUpgrade: (input) =>
    write(async (on) => {
      if (await on.credentials.postponeUpgrade(input)) await on.audit.note(input.audit);
    }),
});
