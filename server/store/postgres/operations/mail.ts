import { RpError } from '../../../errors.ts';
import type { AddressOwner, MailAddress, MailStore } from '../../mail.ts';
import { linkIsGone } from '../../refusals.ts';
import type { Statements } from '../connections.ts';
import type { Access } from '../transactions.ts';
import { open } from './recovery.ts';

async function removeLinks(on: Statements, userId: string): Promise<boolean> {
  await on.mail.run('remove_recovery_browsers', { userId });
  const removed = await on.mail.run<{ startedAt: number | null }>('remove_recovery_links', {
    userId,
  });
  return removed.some(({ startedAt }) => startedAt !== null);
}

export const mailOperations = ({ read, write }: Access): MailStore => ({
  findAddress: (userId) =>
    read(async (on) => (await on.mail.run<MailAddress>('find_address', { userId }))[0] ?? null),
  findAddressOwners: (addressKey) =>
    read((on) => on.mail.run<AddressOwner>('find_owners', { addressKey })),
  offerAddress: ({ outbox, ...code }) =>
    write(async (on) => {
      await on.users.holdOrRefuse(code.userId);
      await on.mail.run('offer_address', code);
      await on.outbox.add(outbox);
    }),
  verifyAddress: ({ userId, codeHash, now, audit }) =>
    write(async (on) => {
      await on.users.holdOrRefuse(userId);
      const [tried] = await on.mail.run<{ codeHash: string }>('try_address_code', { userId, now });
      if (tried?.codeHash !== codeHash) return false;
      // To the address before it, which is told.
      await on.audit.note(audit);
      await on.mail.run('keep_address', { userId, now });
      await on.mail.run('forget_address_code', { userId });
      // What went to the address before it is in a mailbox that may be somebody else's by now.
      await removeLinks(on, userId);
      return true;
    }),
  removeAddress: ({ userId, audit }) =>
    write(async (on) => {
      await on.users.holdOrRefuse(userId);
      await on.audit.note(audit);
      const removed = await on.mail.run('remove_address', { userId });
      if (removed.length === 0) throw new RpError('not_found');
      await removeLinks(on, userId);
    }),

  offerRecoveryLink: (link) =>
    write(
      async (on) => {
        if (!(await on.users.hold(link.userId))) return false;
        await on.mail.run('keep_recovery_browser', link);
        await on.mail.run('offer_recovery_link', link);
        return (await on.mail.run('is_recovery_link', link)).length > 0;
      },
      { repeatable: true },
    ),
  findRecoveryLink: (link) =>
    read(
      async (on) =>
        (
          await on.mail.run<{ userId: string; opensAt: number | null }>('find_recovery_link', link)
        )[0] ?? null,
    ),
  startRecoveryWait: ({ audit, ...wait }) =>
    write(async (on) => {
      const hasBegun = (await on.mail.run('start_recovery_wait', wait)).length > 0;
      if (hasBegun) await on.audit.note(audit);
      return hasBegun;
    }),
  redeemRecoveryLink: ({ tokenHash, browserHash, now, verifierHash, ...opening }) =>
    write(async (on) => {
      const { userId } = opening.session;
      await on.users.hold(userId);
      const statement = verifierHash === null ? 'end_recovery_wait' : 'use_recovery_link';
      const used = await on.mail.run(statement, { tokenHash, browserHash, now, userId });
      if (used.length === 0) throw linkIsGone();
      if (verifierHash !== null) await on.recovery.useCode(userId, verifierHash);
      await removeLinks(on, userId);
      await open(on, opening);
    }),
  findRecoveryWait: (userId, now) =>
    read(
      async (on) =>
        (
          await on.mail.run<{ startedAt: number; opensAt: number }>('find_recovery_wait', {
            userId,
            now,
          })
        )[0] ?? null,
    ),
  stopRecovery: ({ userId, audit }) =>
    write(async (on) => {
      await on.users.hold(userId);
      if (!(await removeLinks(on, userId))) throw new RpError('not_found');
      await on.audit.note(audit);
    }),
  findVeto: (vetoHash, now) =>
    read(
      async (on) =>
        (await on.mail.run<{ userId: string }>('find_by_veto', { vetoHash, now }))[0]?.userId ??
        null,
    ),
});
