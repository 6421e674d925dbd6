import type { Invitation } from '../records/invitation.ts';
import type { OperatorEntry } from '../records/operator-entry.ts';
import { invitationIsGone, invitationIsRevoked, noSuchPosition } from './refusals.ts';

/** Links that open a new account. `completeSignUp` uses them up. */
export interface InvitationStore {
  offerInvitation(invitation: Invitation, by: OperatorEntry): Promise<void>;
  /**
   * An invitation that is good at `now`. Uses nothing up.
   * Refuses with `invitation_invalid` (unknown, used up, expired), `invitation_revoked`.
   */
  findInvitation(tokenHash: string, now: number): Promise<Invitation>;
  /** Those that are good at `now`, the first to expire first, at most `limit`; `after` is `next` of another page. */
  listInvitations(page: {
    now: number;
    after?: string;
    limit: number;
  }): Promise<{ invitations: Invitation[]; next: string | null }>;
  /** From `now` on it lets nobody in. Refuses with `not_found` if it did not anyway. */
  revokeInvitation(id: string, now: number, by: OperatorEntry): Promise<void>;
}

export type StoredInvitation = Omit<Invitation, 'id'> & {
  readonly id: string | null;
  readonly revokedAt: number | null;
};

export function goodInvitation(found: StoredInvitation | undefined): Invitation {
  if (found === undefined) throw invitationIsGone();
  const { revokedAt, ...invitation } = found;
  if (revokedAt !== null) throw invitationIsRevoked();
  return { ...invitation, id: invitation.id ?? '' };
}

/** Where the next page begins. */
export const placeOf = ({ expiresAt, id }: Invitation): string => `${expiresAt}.${id}`;

/** From the beginning if there is no `after`. */
export function parsePlace(after = '0.'): { expiresAt: number; id: string } {
  const [, expiresAt, id] = /^(\d{1,15})\.([\w-]*)$/.exec(after) ?? [];
  if (expiresAt === undefined || id === undefined) throw noSuchPosition();
  return { expiresAt: Number(expiresAt), id };
}
