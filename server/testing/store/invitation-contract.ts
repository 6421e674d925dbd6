/** What every store must do with invitations. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { at, id } from '../records.ts';
import { code } from '../stored-accounts.ts';
import { newSignUp } from '../traffic.ts';

export function describeInvitations(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  async function invite(username: string | null = null) {
    const invitation = { tokenHash: id(32), username, expiresAt: at + 1000, operator: 'root' };
    await store.offerInvitation(invitation, {
      ...{ id: id(), at, operator: 'root', kind: 'account-invited' },
      evidence: { isNamed: username !== null, expiresAt: invitation.expiresAt },
    });
    return invitation;
  }
  const signUpWith = (tokenHash: string, now = at) =>
    store.completeSignUp({ ...newSignUp(), invitation: { tokenHash, now } });
  const gone = code('invitation_invalid');

  describe('an invitation', () => {
    it('is found until it expires, by its hash', async () => {
      const invitation = await invite('ann');
      const { tokenHash, expiresAt } = invitation;
      expect(await store.findInvitation(tokenHash, expiresAt - 1)).toEqual(invitation);
      expect(await store.findInvitation(tokenHash, expiresAt)).toBeNull();
      expect(await store.findInvitation(id(32), at)).toBeNull();
      expect(await store.listOperatorEntries(1)).toMatchObject([{ kind: 'account-invited' }]);
    });

    it('is used up by the sign-up that it lets in', async () => {
      const { tokenHash } = await invite();
      await signUpWith(tokenHash);
      expect(await store.findInvitation(tokenHash, at)).toBeNull();
      const again = newSignUp();
      const refused = store.completeSignUp({ ...again, invitation: { tokenHash, now: at } });
      await expect(refused).rejects.toEqual(gone);
      expect(await store.findUser(again.user.id)).toBeNull();
      // Its nonce is not spent either.
      await store.completeSignUp(again);
    });

    it('that has expired lets nobody in', async () => {
      const { tokenHash, expiresAt } = await invite();
      await expect(signUpWith(tokenHash, expiresAt)).rejects.toEqual(gone);
    });

    it('stays if the sign-up fails', async () => {
      const { tokenHash } = await invite();
      const first = newSignUp();
      await store.completeSignUp(first);
      const taken = { ...newSignUp(), usernameKey: first.usernameKey };
      const refused = store.completeSignUp({ ...taken, invitation: { tokenHash, now: at } });
      await expect(refused).rejects.toEqual(code('username_taken'));
      expect(await store.findInvitation(tokenHash, at)).not.toBeNull();
    });

    it('lets one of 20 in who come at once', async () => {
      const { tokenHash } = await invite();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => signUpWith(tokenHash)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const { users } = await store.listUsers({ limit: 30 });
      expect(users).toHaveLength(1);
    });

    it('is purged once it has expired', async () => {
      const { tokenHash, expiresAt } = await invite();
      expect(await store.purge(expiresAt - 1, 0)).toBe(0);
      expect(await store.purge(expiresAt, 0)).toBe(1);
      expect(await store.findInvitation(tokenHash, at)).toBeNull();
    });
  });
}
