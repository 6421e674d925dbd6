import type { InvitationStore } from '../../invitations.ts';
import { settleAll } from '../settle-all.ts';
import type { Access } from '../transactions.ts';

export const invitationOperations = ({ read, write }: Access): InvitationStore => ({
  offerInvitation: (invitation, by) =>
    write(async (on) => {
      await settleAll([on.invitations.offer(invitation), on.operators.note(by)]);
    }),
  findInvitation: (tokenHash, now) => read((on) => on.invitations.find(tokenHash, now)),
  listInvitations: (page) => read((on) => on.invitations.list(page)),
  revokeInvitation: (id, now, by) =>
    write(async (on) => {
      await on.invitations.revoke(id, now);
      await on.operators.note(by);
    }),
});
