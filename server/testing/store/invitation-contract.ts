/** What every store must do with invitations. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Invitation } from '../../records/invitation.ts';
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

  async function invite(username: string | null = null, expiresAt = at + 1000) {
    const given = { username, expiresAt, operator: 'root' };
    const invitation: Invitation = { ...given, id: id(12), tokenHash: id(32) };
    await store.offerInvitation(invitation, {
      ...{ id: id(), at, operator: 'root', kind: 'account-invited' },
      evidence: { invitation: invitation.id, isNamed: username !== null, expiresAt },
    });
    return invitation;
  }
  const revoke = (invitation: string, now = at) =>
    store.revokeInvitation(invitation, now, {
      ...{ id: id(), at: now + 1, operator: 'root', kind: 'invitation-revoked' },
      evidence: { invitation },
    });
  const find = (tokenHash: string, now = at) => store.findInvitation(tokenHash, now);
  const signUpWith = (tokenHash: string, now = at) =>
    store.completeSignUp({ ...newSignUp(), invitation: { tokenHash, now } });
  const gone = code('invitation_invalid');
  const revoked = code('invitation_revoked');

  describe('an invitation', () => {
    it('is found until it expires, by its hash', async () => {
      const invitation = await invite('ann');
      const { tokenHash, expiresAt } = invitation;
      expect(await find(tokenHash, expiresAt - 1)).toEqual(invitation);
      await expect(find(tokenHash, expiresAt)).rejects.toEqual(gone);
      await expect(find(id(32))).rejects.toEqual(gone);
      expect(await store.listOperatorEntries(1)).toMatchObject([{ kind: 'account-invited' }]);
    });

    it('is used up by the sign-up that it lets in', async () => {
      const { tokenHash } = await invite();
      await signUpWith(tokenHash);
      await expect(find(tokenHash)).rejects.toEqual(gone);
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
      expect(await find(tokenHash)).toMatchObject({ tokenHash });
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
      await expect(find(tokenHash)).rejects.toEqual(gone);
    });

    it('lets nobody in once it was revoked, and says so until it would have expired', async () => {
      const { id: name, tokenHash, expiresAt } = await invite();
      await revoke(name);
      await expect(find(tokenHash)).rejects.toEqual(revoked);
      await expect(signUpWith(tokenHash)).rejects.toEqual(revoked);
      await expect(find(tokenHash, expiresAt)).rejects.toEqual(gone);
      expect(await store.listOperatorEntries(1)).toMatchObject([{ kind: 'invitation-revoked' }]);
    });

    it('is not revoked if it would let nobody in anyway', async () => {
      const [used, expired, withdrawn] = [await invite(), await invite(), await invite()];
      await signUpWith(used.tokenHash);
      await revoke(withdrawn.id);
      const before = await store.listOperatorEntries(9);
      const attempts = [
        [used.id, at],
        [expired.id, expired.expiresAt],
        [withdrawn.id, at],
        ['', at],
        ['none', at],
      ] as const;
      for (const [name, now] of attempts) {
        await expect(revoke(name, now)).rejects.toEqual(code('not_found'));
      }
      expect(await store.listOperatorEntries(9)).toEqual(before);
    });

    it('is used or revoked, whichever of 20 at once is first', async () => {
      for (let times = 0; times < 5; times++) {
        const { id: name, tokenHash } = await invite();
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, index) =>
            index % 2 === times % 2 ? signUpWith(tokenHash) : revoke(name),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      }
    });

    it('is listed while it is good, the first to expire first, page by page', async () => {
      const made: Invitation[] = [];
      for (const late of [3, 1, 2, 2, 1]) made.push(await invite(null, at + late * 1000));
      const [used, withdrawn] = [await invite(), await invite()];
      await signUpWith(used.tokenHash);
      await revoke(withdrawn.id);
      const listed: Invitation[] = [];
      for (let after: string | null = ''; after !== null; ) {
        const page = await store.listInvitations({ now: at, limit: 2, ...(after && { after }) });
        listed.push(...page.invitations);
        after = page.next;
      }
      expect(listed.map(({ expiresAt }) => (expiresAt - at) / 1000)).toEqual([1, 1, 2, 2, 3]);
      expect(new Set(listed)).toEqual(new Set(made));
      const later = await store.listInvitations({ now: at + 2000, limit: 9 });
      expect(later).toEqual({ invitations: [made[0]], next: null });
      for (const after of ['x', '-1.', '1', '1.\u0000', '9999999999999999.a']) {
        const page = store.listInvitations({ now: at, limit: 2, after });
        await expect(page).rejects.toEqual(code('invalid_request'));
      }
    });
  });
}
