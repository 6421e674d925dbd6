import type { CredentialStore } from '../../credentials.ts';
import type { Access } from '../statements.ts';

export const credentialOperations = ({ read, write }: Access): CredentialStore => ({
  findCredential: (id) => read((on) => on.credentials.find(id)),
  findOpener: (id) => read((on) => on.credentials.findOpener(id)),
  listCredentials: (userId) => read((on) => on.credentials.list(userId)),
  sampleCredentials: (from, limit) => read((on) => on.transfer.sampleCredentials(from, limit)),
  countCredentials: () => read((on) => on.transfer.countCredentials()),

  renameCredential: (input) =>
    write((on) => {
      on.credentials.change(input.userId, input.id, { name: input.name });
      on.audit.note(input.audit);
    }),
  deleteCredential: (input) =>
    write((on) => {
      on.sessions.endOpenedBy(input.userId, input.id, input.keepSession);
      on.oidc.endOpenedBy(input.userId, input.id, input.keepSession);
      on.oidc.noteEnds(input.userId);
      on.sessions.forget(input.userId, input.id);
      if (!input.ignoresVault) on.vaults.giveUp(input.userId, input.id);
      // The passkey may be the one whose use has ended a recovery.
      on.mail.run('remove_recovery_links', { userId: input.userId });
      on.credentials.remove(input.userId, input.id);
      on.credentials.refuseNone(input.userId, input.keepOneOf);
      on.audit.note(input.audit);
    }),
  setCredentialState: (input) =>
    write((on) => {
      on.credentials.change(input.userId, input.id, { state: input.state });
      on.audit.note(input.audit);
      if (input.state !== 'revoked') return 0;
      const ended = on.sessions.endOpenedBy(input.userId, input.id, null);
      on.oidc.endOpenedBy(input.userId, input.id, null);
      on.oidc.noteEnds(input.userId);
      return ended;
    }),
  postponeUpgrade: (input) =>
    write((on) => {
      if (on.credentials.postponeUpgrade(input)) on.audit.note(input.audit);
    }),
});
