import type { VaultStore } from '../../vault.ts';
import type { Access } from '../statements.ts';

export const vaultOperations = ({ read, write }: Access): VaultStore => ({
  keepSalts: (candidate) => write((on) => on.vaults.keepSalts(candidate)),
  findSalts: () => read((on) => on.vaults.findSalts()),
  beginSaltRotation: (next, at) => write((on) => on.vaults.beginSaltRotation(next, at)),
  saltRotation: () => read((on) => on.vaults.saltRotation()),
  finishSaltRotation: () => write((on) => on.vaults.finishSaltRotation()),

  findVault: (userId) => read((on) => on.vaults.find(userId)),
  writeVault: (input) =>
    write((on) => {
      on.users.refuseMissing(input.userId);
      const isWritten = on.vaults.write(input);
      if (isWritten) on.audit.note(input.audit);
      return isWritten;
    }),
  deleteVault: (userId, audit) =>
    write((on) => {
      on.vaults.remove(userId);
      on.audit.note(audit);
    }),
});
