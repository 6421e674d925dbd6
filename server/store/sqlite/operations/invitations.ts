import type { InvitationStore } from '../../invitations.ts';
import type { Access } from '../statements.ts';

export const invitationOperations = ({ read, write }: Access): InvitationStore => ({
  offerInvitation: (invitation, by) =>
    write((on) => {
      on.invitations.offer(invitation);
      on.operators.note(by);
    }),
  findInvitation: (tokenHash, now) => read((on) => on.invitations.find(tokenHash, now)),
  listInvitations: (page) => read((on) => on.invitations.list(page)),
  revokeInvitation: (id, now, by) =>
    write((on) => {
      on.invitations.revoke(id, now);
      on.operators.note(by);
    }),
});
