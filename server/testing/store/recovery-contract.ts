/** What every store must do with the ways back into an account. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { at, id, newSession } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

const proof = { method: 'recovery', credentialId: null, userVerified: false } as const;
const byOwner = { userAgent: null, country: null };

export function describeRecovery(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  const entry = (userId: string, kind: 'recovery-code-set' | 'recovered-by-code' | 'enrolled') => ({
    ...{ at, kind, userId, credentialId: null, sessionId: null },
    evidence: byOwner,
  });
  const setCode = (userId: string, verifierHash: string) =>
    store.setRecoveryCode({
      ...{ userId, verifierHash, createdAt: at },
      audit: [entry(userId, 'recovery-code-set')],
    });
  const redemption = (userId: string, verifierHash: string) => ({
    verifierHash,
    session: newSession(userId, proof),
    replaces: null,
    audit: [entry(userId, 'recovered-by-code')],
  });

  describe('a recovery code', () => {
    it('opens a session once, and is gone', async () => {
      const { user } = await signedUp(store);
      await setCode(user.id, 'hash');
      expect(await store.findRecoveryCode(user.id)).toEqual({
        createdAt: at,
        verifierHash: 'hash',
      });
      const redeemed = redemption(user.id, 'hash');
      await store.redeemRecoveryCode(redeemed);
      const found = await store.findSession(redeemed.session.tokenHash, at);
      expect(found?.session).toMatchObject({ userId: user.id, ...proof });
      expect(await store.findRecoveryCode(user.id)).toBeNull();
      const again = store.redeemRecoveryCode(redemption(user.id, 'hash'));
      await expect(again).rejects.toEqual(code('verification_failed'));
    });

    it('takes the place of the one before it', async () => {
      const { user } = await signedUp(store);
      await setCode(user.id, 'old');
      await setCode(user.id, 'new');
      const old = store.redeemRecoveryCode(redemption(user.id, 'old'));
      await expect(old).rejects.toEqual(code('verification_failed'));
      await store.redeemRecoveryCode(redemption(user.id, 'new'));
    });

    it('is one account’s alone', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      await setCode(mine.user.id, 'hash');
      const foreign = store.redeemRecoveryCode(redemption(theirs.user.id, 'hash'));
      await expect(foreign).rejects.toEqual(code('verification_failed'));
      await expect(setCode('gone', 'hash')).rejects.toEqual(code('unauthenticated'));
    });

    it('opens one session for 20 who redeem it at once', async () => {
      const { user, session } = await signedUp(store);
      await setCode(user.id, 'hash');
      const attempts = Array.from({ length: 20 }, () =>
        store.redeemRecoveryCode(redemption(user.id, 'hash')),
      );
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.listSessions(user.id, at)).toHaveLength(2);
      expect(await store.findSession(session.tokenHash, at)).not.toBeNull();
    });

    it('does not open a disabled account, and stays', async () => {
      const { user } = await signedUp(store);
      await setCode(user.id, 'hash');
      await store.disableUser(user.id, at, []);
      const refused = store.redeemRecoveryCode(redemption(user.id, 'hash'));
      await expect(refused).rejects.toEqual(code('account_disabled'));
      expect(await store.findRecoveryCode(user.id)).not.toBeNull();
    });

    it('is removed, once', async () => {
      const { user } = await signedUp(store);
      await setCode(user.id, 'hash');
      await store.removeRecoveryCode({ userId: user.id, audit: [] });
      const again = store.removeRecoveryCode({ userId: user.id, audit: [] });
      await expect(again).rejects.toEqual(code('not_found'));
    });
  });

  describe('an enrolment', () => {
    const offer = async (userId: string, expiresAt = at + 1000) => {
      const tokenHash = id(32);
      await store.offerEnrolment({ tokenHash, userId, expiresAt, audit: [] });
      return tokenHash;
    };
    const redeem = (userId: string, tokenHash: string, now = at) =>
      store.redeemEnrolment({
        ...{ tokenHash, now, replaces: null, audit: [entry(userId, 'enrolled')] },
        session: newSession(userId, { ...proof, method: 'enrolment' }),
      });

    it('opens a session once, whoever looked at it before', async () => {
      const { user } = await signedUp(store);
      const tokenHash = await offer(user.id);
      for (const _look of [1, 2]) {
        expect(await store.findEnrolment(tokenHash, at)).toEqual(user);
      }
      await redeem(user.id, tokenHash);
      expect(await store.findEnrolment(tokenHash, at)).toBeNull();
      await expect(redeem(user.id, tokenHash)).rejects.toEqual(code('challenge_invalid'));
    });

    it('takes the other links of its account along', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      const [used, unused] = [await offer(mine.user.id), await offer(mine.user.id)];
      const foreign = await offer(theirs.user.id);
      await redeem(mine.user.id, used);
      await expect(redeem(mine.user.id, unused)).rejects.toEqual(code('challenge_invalid'));
      expect(await store.findEnrolment(foreign, at)).toEqual(theirs.user);
    });

    it('ends with its time, and is purged', async () => {
      const { user } = await signedUp(store);
      const tokenHash = await offer(user.id);
      expect(await store.findEnrolment(tokenHash, at + 1000)).toBeNull();
      await expect(redeem(user.id, tokenHash, at + 1000)).rejects.toEqual(
        code('challenge_invalid'),
      );
      await store.purge(at + 999, 0);
      expect(await store.findEnrolment(tokenHash, at)).not.toBeNull();
      await store.purge(at + 1000, 0);
      expect(await store.findEnrolment(tokenHash, at)).toBeNull();
    });

    it('opens one session for 20 who redeem it at once', async () => {
      const { user } = await signedUp(store);
      const tokenHash = await offer(user.id);
      const attempts = Array.from({ length: 20 }, () => redeem(user.id, tokenHash));
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('is only for an account that is there and open', async () => {
      await expect(offer('gone')).rejects.toEqual(code('not_found'));
      const { user } = await signedUp(store);
      const tokenHash = await offer(user.id);
      await store.disableUser(user.id, at, []);
      const late = await offer(user.id);
      await expect(redeem(user.id, late)).rejects.toEqual(code('account_disabled'));
      // What was out before does not come to life again with the account.
      await store.disableUser(user.id, null, []);
      await expect(redeem(user.id, tokenHash)).rejects.toEqual(code('challenge_invalid'));
      await redeem(user.id, late);
    });
  });
}
