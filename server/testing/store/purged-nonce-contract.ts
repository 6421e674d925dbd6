/** What every store must do with nonces whose challenges are valid again after a clock was set back. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { at, entry, newNonce, signIn } from '../records.ts';
import { accountWith, code } from '../stored-accounts.ts';

const hour = 3_600_000;

export function describePurgedNonces(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  describe('a nonce that was purged', () => {
    const expiresAt = at + 600_000;
    const later = expiresAt + hour + 1;

    it('is never accepted again, nor is what expires no later', async () => {
      const { credential } = await accountWith(store);
      const spent = signIn(credential);
      await store.completeSignIn(spent);
      await store.purge(later, 0);
      // The clock is set back, so that their challenges are valid again.
      const due = [spent.nonce, newNonce(expiresAt), newNonce(expiresAt - 1)];
      for (const each of due) {
        const attempt = { ...signIn(credential), nonce: each };
        await expect(store.completeSignIn(attempt)).rejects.toEqual(code('challenge_invalid'));
        const { userId, id: credentialId } = credential;
        const refusal = { nonce: each, credentialId, suspectedAt: null, audit: [entry(userId)] };
        await expect(store.recordRefusal(refusal)).rejects.toEqual(code('challenge_invalid'));
      }
      await store.completeSignIn({ ...signIn(credential), nonce: newNonce(expiresAt + 1) });
    });

    it('stays forgotten by no later purge, however the clock jumps', async () => {
      const { credential } = await accountWith(store);
      const [early, late] = [newNonce(expiresAt - 5), newNonce(expiresAt)];
      for (const each of [early, late]) {
        await store.completeSignIn({ ...signIn(credential), nonce: each });
      }
      const attempts = async () => {
        for (const each of [early, late]) {
          const again = { ...signIn(credential), nonce: each };
          await expect(store.completeSignIn(again)).rejects.toEqual(code('challenge_invalid'));
        }
      };
      for (const clock of [later - 5, at, later, at - hour, later + 24 * hour, at]) {
        await store.purge(clock, 0);
        await attempts();
      }
    });

    it('keeps nobody out, though the clock was far ahead when it was spent and purged', async () => {
      const { credential } = await accountWith(store);
      const ahead = newNonce(expiresAt + 365 * 24 * hour);
      for (const each of [newNonce(expiresAt), ahead]) {
        await store.completeSignIn({ ...signIn(credential), nonce: each });
      }
      await store.purge(ahead.expiresAt + hour + 1, 0);
      for (const free of [expiresAt + 1, expiresAt + hour, ahead.expiresAt + 1]) {
        await store.completeSignIn({ ...signIn(credential), nonce: newNonce(free) });
      }
      const again = { ...signIn(credential), nonce: ahead };
      await expect(store.completeSignIn(again)).rejects.toEqual(code('challenge_invalid'));
    });

    it('that is not due leaves every challenge as it was', async () => {
      const { credential } = await accountWith(store);
      await store.purge(later - 1, 0);
      await store.completeSignIn({ ...signIn(credential), nonce: newNonce(at) });
    });
  });
}
