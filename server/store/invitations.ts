import type { Invitation } from '../records/invitation.ts';
import type { OperatorEntry } from '../records/operator-entry.ts';

/** Links that open a new account. `completeSignUp` uses them up. */
export interface InvitationStore {
  offerInvitation(invitation: Invitation, by: OperatorEntry): Promise<void>;
  /** If it is good at `now`. Uses nothing up. */
  findInvitation(tokenHash: string, now: number): Promise<Invitation | null>;
}
