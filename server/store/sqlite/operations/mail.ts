import { RpError } from '../../../errors.ts';
import type { AddressOwner, MailAddress, MailStore } from '../../mail.ts';
import { linkIsGone } from '../../refusals.ts';
import type { Access, Statements } from '../statements.ts';
import { open } from './recovery.ts';

function removeLinks(on: Statements, userId: string): boolean {
  on.mail.run('remove_recovery_browsers', { userId });
  const removed = on.mail.run<{ startedAt: number | null }>('remove_recovery_links', { userId });
  return removed.some(({ startedAt }) => startedAt !== null);
}

export const mailOperations = ({ read, write }: Access): MailStore => ({
  findAddress: (userId) =>
    read((on) => on.mail.run<MailAddress>('find_address', { userId })[0] ?? null),
  findAddressOwners: (addressKey) =>
    read((on) => on.mail.run<AddressOwner>('find_owners', { addressKey })),
  offerAddress: ({ outbox, ...code }) =>
    write((on) => {
      on.users.refuseMissing(code.userId);
      on.mail.run('offer_address', code);
      on.outbox.add(outbox);
    }),
  verifyAddress: ({ userId, codeHash, now, audit }) =>
    write((on) => {
      const [tried] = on.mail.run<{ codeHash: string }>('try_address_code', { userId, now });
      if (tried?.codeHash !== codeHash) return false;
      // To the address before it, which is told.
      on.audit.note(audit);
      on.mail.run('keep_address', { userId, now });
      on.mail.run('forget_address_code', { userId });
      // What went to the address before it is in a mailbox that may be somebody else's by now.
      removeLinks(on, userId);
      return true;
    }),
  removeAddress: ({ userId, audit }) =>
    write((on) => {
      on.audit.note(audit);
      if (on.mail.run('remove_address', { userId }).length === 0) throw new RpError('not_found');
      removeLinks(on, userId);
    }),

  offerRecoveryLink: (link) =>
    write((on) => {
      on.mail.run('keep_recovery_browser', link);
      on.mail.run('offer_recovery_link', link);
      return on.mail.run('is_recovery_link', link).length > 0;
    }),
  findRecoveryLink: (link) =>
    read(
      (on) =>
        on.mail.run<{ userId: string; opensAt: number | null }>('find_recovery_link', link)[0] ??
        null,
    ),
  startRecoveryWait: ({ audit, ...wait }) =>
    write((on) => {
      const hasBegun = on.mail.run('start_recovery_wait', wait).length > 0;
      if (hasBegun) on.audit.note(audit);
      return hasBegun;
    }),
  redeemRecoveryLink: ({ tokenHash, browserHash, now, verifierHash, ...opening }) =>
    write((on) => {
      const { userId } = opening.session;
      const statement = verifierHash === null ? 'end_recovery_wait' : 'use_recovery_link';
      const used = on.mail.run(statement, { tokenHash, browserHash, now, userId });
      if (used.length === 0) throw linkIsGone();
      if (verifierHash !== null) on.recovery.useCode(userId, verifierHash);
      removeLinks(on, userId);
      open(on, opening);
    }),
  findRecoveryWait: (userId, now) =>
    read(
      (on) =>
        on.mail.run<{ startedAt: number; opensAt: number }>('find_recovery_wait', {
          userId,
          now,
        })[0] ?? null,
    ),
  stopRecovery: ({ userId, audit }) =>
    write((on) => {
      if (!removeLinks(on, userId)) throw new RpError('not_found');
      on.audit.note(audit);
    }),
  findVeto: (vetoHash, now) =>
    read(
      (on) => on.mail.run<{ userId: string }>('find_by_veto', { vetoHash, now })[0]?.userId ?? null,
    ),
});
