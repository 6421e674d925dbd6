/** What every store must do with a credential that is a decoy: the same as with one that another account has. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import {
  attestation,
  entry,
  newAddition,
  newCredential,
  newNonce,
  newSession,
  newUser,
} from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

export function describeDecoys(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  describe('a decoy', () => {
    /** A sign-up with a decoy, and the same with a credential that is there. */
    async function signUps() {
      const first = await signedUp(store);
      const user = newUser();
      const input = {
        ...{ nonce: newNonce(), user, usernameKey: user.username, attestation, replaces: null },
        ...{ session: newSession(user.id), audit: [entry(user.id)] },
      };
      const decoy = { ...input, credential: newCredential(user.id), isDecoy: true };
      const taken = { ...input, credential: newCredential(user.id, { id: first.credential.id }) };
      return { first, user, both: [decoy, taken] };
    }

    it('is refused at sign-up as one that exists, and nothing is kept', async () => {
      const { user, both } = await signUps();
      for (const each of both) {
        await expect(store.completeSignUp(each)).rejects.toEqual(code('credential_exists'));
      }
      expect(await store.findUser(user.id)).toBeNull();
      expect(await store.findCredential(both[0]?.credential.id ?? '')).toBeNull();
      // Nor was the nonce spent.
      const own = newCredential(user.id);
      await store.completeSignUp({ ...both[0], credential: own, isDecoy: false } as never);
    });

    it('is refused at sign-up only after a nonce that is spent, and a name that is taken', async () => {
      const { first, both } = await signUps();
      for (const each of both) {
        const spent = { ...each, nonce: first.nonce };
        await expect(store.completeSignUp(spent)).rejects.toEqual(code('challenge_invalid'));
        const named = { ...each, usernameKey: first.usernameKey };
        await expect(store.completeSignUp(named)).rejects.toEqual(code('username_taken'));
      }
    });

    it('is refused in an account as one that exists, after all else that may be wrong', async () => {
      const { user, session, credential, nonce } = await signedUp(store);
      const decoy = { credential: newCredential(user.id), isDecoy: true };
      for (const each of [decoy, { credential }]) {
        const add = (more: object) =>
          store.completeAddition(newAddition(session, { ...each, ...more }));
        await expect(add({})).rejects.toEqual(code('credential_exists'));
        await expect(add({ nonce })).rejects.toEqual(code('challenge_invalid'));
        await expect(add({ sessionId: 'gone' })).rejects.toEqual(code('unauthenticated'));
        await expect(add({ limit: 1 })).rejects.toEqual(code('credential_limit'));
      }
      expect(await store.listCredentials(user.id)).toHaveLength(1);
    });
  });
}
