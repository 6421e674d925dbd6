import type { VaultStore } from '../../vault.ts';
import type { Access } from '../statements.ts';

export const vaultOperations = ({ read, write }: Access): VaultStore => ({
  keepSalts: (candidate) => write((on) => on.vaults.keepSalts(candidate)),
  findSalts: () => read((on) => on.vaults.findSalts()),
  beginSaltRotation: (next, by) =>
    write((on) => {
      if (on.vaults.beginSaltRotation(next, by.at)) on.operators.note(by);
    }),
  saltRotation: () => read((on) => on.vaults.saltRotation()),
  finishSaltRotation: (by) =>
    write((on) => {
      const rotation = on.vaults.finishSaltRotation();
      if (rotation?.orphans === 0) on.operators.note(by(rotation));
      return rotation;
    }),

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
