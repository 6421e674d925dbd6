/** What every store must do with mail addresses, and with the ways back that go by mail. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../records/audit.ts';
import type { Store } from '../../store/store.ts';
import { at, entry, id, newSession, signIn } from '../records.ts';
import { accountWith, code, signedUp } from '../stored-accounts.ts';

const proof = { method: 'recovery', credentialId: null, userVerified: false } as const;
const hour = 3_600_000;
const opensAt = at + hour;

export function describeMail(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  const notices = async () => (await store.takeMessages('mail', at + 10 * hour, 0)).length;

  async function offerAddress(userId: string, address = 'ann@example.com', codeHash = 'code') {
    await store.offerAddress({
      ...{ userId, address, addressKey: address, codeHash, tries: 5, expiresAt: at + 1000 },
      outbox: [],
    });
  }
  const verify = (userId: string, codeHash = 'code', now = at) =>
    store.verifyAddress({ userId, codeHash, now, audit: [entry(userId, 'recovery-address-set')] });

  async function withAddress(address = 'ann@example.com') {
    const account = await signedUp(store);
    await offerAddress(account.user.id, address);
    expect(await verify(account.user.id)).toBe(true);
    return account;
  }

  describe('a mail address', () => {
    it('is kept with the right code, once', async () => {
      const { user } = await withAddress();
      expect(await store.findAddress(user.id)).toEqual({
        address: 'ann@example.com',
        verifiedAt: at,
      });
      expect(await verify(user.id)).toBe(false);
    });

    it('stays while another one waits for its code, and is then told of it', async () => {
      const { user } = await withAddress();
      await offerAddress(user.id, 'new@example.com', 'other');
      expect(await verify(user.id, 'code')).toBe(false);
      expect((await store.findAddress(user.id))?.address).toBe('ann@example.com');
      expect(await notices()).toBe(0);
      expect(await verify(user.id, 'other')).toBe(true);
      const [told, ...more] = await store.takeMessages('mail', at, 0);
      expect([told?.recipient, more.length]).toEqual(['ann@example.com', 0]);
    });

    it('takes as many tries as it was given, and no longer than its time', async () => {
      const { user } = await signedUp(store);
      await offerAddress(user.id);
      await Promise.all(Array.from({ length: 20 }, () => verify(user.id, 'wrong')));
      expect(await verify(user.id)).toBe(false);
      await offerAddress(user.id);
      expect(await verify(user.id, 'code', at + 1000)).toBe(false);
      expect(await verify(user.id)).toBe(true);
    });

    it('is verified for one of 20 at once', async () => {
      const { user } = await signedUp(store);
      await offerAddress(user.id);
      const tries = await Promise.all(Array.from({ length: 20 }, () => verify(user.id)));
      // Five of them have a try, and the first of those wins.
      expect(tries.filter(Boolean)).toHaveLength(1);
    });

    it('may be that of several accounts, and of a disabled one it is not found', async () => {
      const [one, other] = [await withAddress(), await withAddress()];
      const owners = async () =>
        (await store.findAddressOwners('ann@example.com')).map(({ userId }) => userId).sort();
      expect(await owners()).toEqual([one.user.id, other.user.id].sort());
      await store.disableUser(one.user.id, at, []);
      expect(await owners()).toEqual([other.user.id]);
    });

    it('is removed, once, and is the last to hear of it', async () => {
      const { user } = await withAddress();
      const audit: AuditEntry[] = [entry(user.id, 'recovery-address-removed')];
      await store.removeAddress({ userId: user.id, audit });
      expect(await store.findAddress(user.id)).toBeNull();
      expect(await notices()).toBe(1);
      const again = store.removeAddress({ userId: user.id, audit });
      await expect(again).rejects.toEqual(code('not_found'));
      expect(await notices()).toBe(1);
    });

    it('is told what happens, and not what does not', async () => {
      const { user, credential } = await withAddress();
      const ofOther = (await signedUp(store)).user;
      await store.noteAudit([entry(ofOther.id, 'recovery-code-set')]);
      await store.completeSignIn(signIn(credential));
      expect(await notices()).toBe(0);
      await store.noteAudit([entry(user.id, 'recovery-code-set'), entry(user.id, 'signed-out')]);
      const [told, ...more] = await store.takeMessages('mail', at + 10 * hour, 0);
      expect(more).toEqual([]);
      expect(told).toMatchObject({ subject: user.id, recipient: 'ann@example.com', createdAt: at });
      expect(JSON.parse(told?.message ?? '')).toMatchObject({
        ...{ kind: 'notice', of: 'recovery-code-set', at },
      });
    });

    it('hears of the end of the account that goes along with it, once', async () => {
      const { user } = await withAddress();
      const evidence = { userAgent: null, country: null, username: 'ann' };
      const deletion = { kind: 'account-deleted', at, evidence } as const;
      await Promise.all(
        Array.from({ length: 20 }, () => store.deleteAccount(user.id, at, { deletion })),
      );
      expect(await store.findAddressOwners('ann@example.com')).toEqual([]);
      const [told, ...more] = await store.takeMessages('mail', at, 0);
      expect(more).toEqual([]);
      expect(told).toMatchObject({ subject: user.id, recipient: 'ann@example.com', createdAt: at });
      const { kind: of } = deletion;
      expect(JSON.parse(told?.message ?? '')).toEqual({ kind: 'notice', of, at, evidence });
    });

    it('hears nothing of a change that was refused', async () => {
      const { user } = await withAddress();
      const audit: AuditEntry[] = [entry(user.id, 'recovery-code-removed')];
      await store.removeRecoveryCode({ userId: user.id, audit }).catch(() => {});
      expect(await notices()).toBe(0);
    });
  });

  const inBrowser = (tokenHash: string, browserHash = 'browser', now = at) => ({
    ...{ tokenHash, browserHash, now },
  });

  async function offerLink(userId: string, browserHash = 'browser', more = {}) {
    const tokenHash = id(32);
    const isOffered = await store.offerRecoveryLink({
      ...inBrowser(tokenHash, browserHash),
      ...{ userId, expiresAt: at + 10 * hour, since: at - hour, limit: 5, ...more },
    });
    return { tokenHash, isOffered };
  }
  const start = (tokenHash: string, browserHash = 'browser', now = at) =>
    store.startRecoveryWait({
      ...inBrowser(tokenHash, browserHash, now),
      ...{ opensAt, expiresAt: at + 20 * hour, vetoHash: `veto ${tokenHash}`, audit: [] },
    });
  const redeem = (
    userId: string,
    tokenHash: string,
    more: Partial<Parameters<Store['redeemRecoveryLink']>[0]> = {},
  ) =>
    store.redeemRecoveryLink({
      ...inBrowser(tokenHash, 'browser', opensAt),
      ...{ verifierHash: null, session: newSession(userId, proof), replaces: null, audit: [] },
      ...more,
    });

  async function waiting() {
    const account = await withAddress();
    const { tokenHash } = await offerLink(account.user.id);
    expect(await start(tokenHash)).toBe(true);
    return { ...account, tokenHash };
  }

  describe('a link by mail', () => {
    it('is good in every browser that asked, and in no other', async () => {
      const { user } = await withAddress();
      const { tokenHash } = await offerLink(user.id);
      await offerLink(user.id, 'second');
      for (const browserHash of ['browser', 'second']) {
        expect(await store.findRecoveryLink(inBrowser(tokenHash, browserHash))).toEqual({
          ...{ userId: user.id, opensAt: null },
        });
      }
      expect(await store.findRecoveryLink(inBrowser(tokenHash, 'third'))).toBeNull();
      const late = inBrowser(tokenHash, 'browser', at + 10 * hour);
      expect(await store.findRecoveryLink(late)).toBeNull();
    });

    it('is not made if there are enough, and those that there are work in the new browser', async () => {
      const { user } = await withAddress();
      const { tokenHash } = await offerLink(user.id, 'browser', { limit: 1 });
      const { isOffered } = await offerLink(user.id, 'second', { limit: 1 });
      expect(isOffered).toBe(false);
      expect(await store.findRecoveryLink(inBrowser(tokenHash, 'second'))).not.toBeNull();
    });

    it('can be offered again by an attempt that is repeated', async () => {
      const { user } = await withAddress();
      const { tokenHash } = await offerLink(user.id, 'browser', { limit: 1 });
      const again = { ...inBrowser(tokenHash), userId: user.id, expiresAt: at + hour };
      expect(await store.offerRecoveryLink({ ...again, since: 0, limit: 1 })).toBe(true);
    });

    it('opens a session at once together with the code, which is used up, and once for 20', async () => {
      const { user } = await withAddress();
      const { tokenHash } = await offerLink(user.id);
      const kept = { userId: user.id, verifierHash: 'hash', createdAt: at, audit: [] };
      await store.setRecoveryCode(kept);
      const wrong = redeem(user.id, tokenHash, { verifierHash: 'wrong', now: at });
      await expect(wrong).rejects.toEqual(code('verification_failed'));
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () =>
          redeem(user.id, tokenHash, { verifierHash: 'hash', now: at }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.findRecoveryCode(user.id)).toBeNull();
    });

    it('opens nothing alone before it has waited', async () => {
      const { user } = await withAddress();
      const { tokenHash } = await offerLink(user.id);
      await expect(redeem(user.id, tokenHash)).rejects.toEqual(code('challenge_invalid'));
    });
  });

  describe('a recovery that waits', () => {
    it('begins once for 20 at once, in one browser', async () => {
      const { user } = await withAddress();
      const { tokenHash } = await offerLink(user.id);
      await offerLink(user.id, 'second');
      const starts = await Promise.all(Array.from({ length: 20 }, () => start(tokenHash)));
      expect(starts.filter(Boolean)).toHaveLength(1);
      expect(await store.findRecoveryLink(inBrowser(tokenHash))).toEqual({
        ...{ userId: user.id, opensAt },
      });
      expect(await store.findRecoveryLink(inBrowser(tokenHash, 'second'))).toBeNull();
      expect(await store.findRecoveryWait(user.id, at)).toEqual({ startedAt: at, opensAt });
    });

    it('opens a session when it is over, and not before, once for 20', async () => {
      const { user, tokenHash } = await waiting();
      const early = redeem(user.id, tokenHash, { now: opensAt - 1 });
      await expect(early).rejects.toEqual(code('challenge_invalid'));
      const elsewhere = redeem(user.id, tokenHash, { browserHash: 'second' });
      await expect(elsewhere).rejects.toEqual(code('challenge_invalid'));
      const attempts = Array.from({ length: 20 }, () => redeem(user.id, tokenHash));
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.findRecoveryWait(user.id, opensAt)).toBeNull();
    });

    it('ends with a sign-in by a passkey', async () => {
      const { user, credential, tokenHash } = await waiting();
      await store.completeSignIn(signIn(credential, { usedAt: at }));
      expect(await store.findRecoveryWait(user.id, at)).toBeNull();
      expect(await store.findRecoveryLink(inBrowser(tokenHash))).toBeNull();
      await expect(redeem(user.id, tokenHash)).rejects.toEqual(code('challenge_invalid'));
    });

    it('ends with a sign-in even if that passkey is deleted then', async () => {
      const { user, credential, others } = await accountWith(store, {}, {});
      const { tokenHash } = await offerLink(user.id);
      await start(tokenHash);
      await store.completeSignIn(signIn(credential));
      await store.deleteCredential({
        ...{ userId: user.id, id: credential.id, keepSession: '', audit: [] },
        keepOneOf: { passkeys: others.map((each) => each.id), apple: [] },
      });
      await expect(redeem(user.id, tokenHash)).rejects.toEqual(code('challenge_invalid'));
    });

    it('is not ended by a sign-in before it', async () => {
      const { user, credential } = await withAddress();
      await store.completeSignIn(signIn(credential, { usedAt: at - 1 }));
      const { tokenHash } = await offerLink(user.id);
      await start(tokenHash);
      await redeem(user.id, tokenHash);
    });

    it('is stopped with all others of the account, once', async () => {
      const { user, tokenHash } = await waiting();
      const second = await offerLink(user.id);
      await start(second.tokenHash);
      expect(await store.findVeto(`veto ${tokenHash}`, at)).toBe(user.id);
      await store.stopRecovery({ userId: user.id, audit: [entry(user.id, 'recovery-stopped')] });
      expect(await store.findVeto(`veto ${tokenHash}`, at)).toBeNull();
      for (const each of [tokenHash, second.tokenHash]) {
        await expect(redeem(user.id, each)).rejects.toEqual(code('challenge_invalid'));
      }
      const again = store.stopRecovery({ userId: user.id, audit: [] });
      await expect(again).rejects.toEqual(code('not_found'));
    });

    it('takes the other links of its account along when it opens', async () => {
      const { user, tokenHash } = await waiting();
      const second = await offerLink(user.id);
      await start(second.tokenHash);
      await redeem(user.id, tokenHash);
      await expect(redeem(user.id, second.tokenHash)).rejects.toEqual(code('challenge_invalid'));
    });

    it('does not open a disabled account', async () => {
      const { user, tokenHash } = await waiting();
      await store.disableUser(user.id, at, []);
      await expect(redeem(user.id, tokenHash)).rejects.toEqual(code('challenge_invalid'));
      // Nor does the wait go on with the account.
      await store.disableUser(user.id, null, []);
      await expect(redeem(user.id, tokenHash)).rejects.toEqual(code('challenge_invalid'));
    });

    it('is gone with the address, whether that is removed or another one takes its place', async () => {
      const [removed, changed] = [await waiting(), await waiting()];
      await store.removeAddress({ userId: removed.user.id, audit: [] });
      const link = await offerLink(changed.user.id);
      await offerAddress(changed.user.id, 'new@example.com');
      expect(await store.findRecoveryLink(inBrowser(link.tokenHash))).not.toBeNull();
      expect(await verify(changed.user.id)).toBe(true);
      expect(await store.findRecoveryLink(inBrowser(link.tokenHash))).toBeNull();
      for (const { user, tokenHash } of [removed, changed]) {
        await expect(redeem(user.id, tokenHash)).rejects.toEqual(code('challenge_invalid'));
      }
    });

    it('is purged in the end', async () => {
      const { user, tokenHash } = await waiting();
      await store.purge(at + 20 * hour - 1, 0);
      expect(await store.findVeto(`veto ${tokenHash}`, at)).toBe(user.id);
      await store.purge(at + 20 * hour, 0);
      expect(await store.findVeto(`veto ${tokenHash}`, at)).toBeNull();
    });
  });
}
