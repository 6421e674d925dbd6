import type { VaultStore } from '../../vault.ts';
import type { Access } from '../transactions.ts';

export const vaultOperations = ({ read, write }: Access): VaultStore => ({
  keepSalts: (candidate) =>
    write((on) => on.vaults.keepSalts(candidate), { autocommit: true, repeatable: true }),
  findSalts: () => read((on) => on.vaults.findSalts()),
  beginSaltRotation: (next, by) =>
    write(
      async (on) => {
        if (await on.vaults.beginSaltRotation(next, by.at)) await on.operators.note(by);
      },
      { repeatable: true },
    ),
  saltRotation: () => read((on) => on.vaults.saltRotation()),
  finishSaltRotation: (by) =>
    write(async (on) => {
      const rotation = await on.vaults.finishSaltRotation();
      if (rotation?.orphans === 0) await on.operators.note(by(rotation));
      return rotation;
    }),

  findVault: (userId) => read((on) => on.vaults.find(userId)),
  writeVault: (input) =>
    write(async (on) => {
      await on.users.holdOrRefuse(input.userId);
      const isWritten = await on.vaults.write(input);
      if (isWritten) await on.audit.note(input.audit);
      return isWritten;
    }),
  deleteVault: (userId, audit) =>
    write(async (on) => {
      await on.users.hold(userId);
      await on.vaults.remove(userId);
      await on.audit.note(audit);
    }),
});
