/** What every store must do when an account is opened. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import {
  at,
  attestation,
  entry,
  newCredential,
  newNonce,
  newSession,
  newUser,
} from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

export function describeSignUp(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  describe('completeSignUp', () => {
    it('stores account, credential, session and audit as they were given', async () => {
      const { user, credential, session } = await signedUp(store);
      expect(await store.findUser(user.id)).toEqual(user);
      expect(await store.findUserByName(user.username)).toEqual(user);
      const found = await store.findCredential(credential.id);
      expect(found?.user).toEqual(user);
      expect({ ...found?.credential, publicKey: 0 }).toEqual({ ...credential, publicKey: 0 });
      expect(new Uint8Array(found?.credential.publicKey ?? [])).toEqual(
        new Uint8Array(credential.publicKey),
      );
      const { tokenHash, ...kept } = session;
      expect(await store.findSession(tokenHash, at)).toEqual({ session: kept, user });
      expect((await store.listAudit(user.id, { limit: 10 })).entries).toEqual([
        entry(user.id, 'account-created'),
      ]);
    });

    it.each([
      ['challenge_invalid', 'nonce'],
      ['username_taken', 'usernameKey'],
      ['credential_exists', 'credential'],
    ] as const)(
      'refuses with %s a %s that was there, and keeps nothing',
      async (refusal, taken) => {
        const first = await signedUp(store);
        const user = newUser();
        const session = newSession(user.id);
        const input = {
          nonce: newNonce(),
          user,
          usernameKey: user.username,
          credential: newCredential(user.id),
          attestation,
          session,
          replaces: first.session,
          clears: [],
          audit: [entry(user.id)],
        };
        const same =
          taken === 'credential' ? { ...input.credential, id: first.credential.id } : first[taken];
        await expect(store.completeSignUp({ ...input, [taken]: same })).rejects.toEqual(
          code(refusal),
        );
        expect(await store.findUser(user.id)).toBeNull();
        expect(await store.findCredential(input.credential.id)).toBeNull();
        expect(await store.findSession(session.tokenHash, at)).toBeNull();
        expect(await store.findSession(first.session.tokenHash, at)).not.toBeNull();
        expect((await store.listAudit(user.id, { limit: 10 })).entries).toEqual([]);
        if (taken !== 'nonce') await expect(store.completeSignUp(input)).resolves.toBeUndefined();
      },
    );
  });
}
