import type { InvitationStore } from '../../invitations.ts';
import type { Access } from '../statements.ts';

export const invitationOperations = ({ read, write }: Access): InvitationStore => ({
  offerInvitation: (invitation, by) =>
    write((on) => {
      on.invitations.offer(invitation);
      on.operators.note(by);
    }),
  findInvitation: (tokenHash, now) => read((on) => on.invitations.find(tokenHash, now)),
});
