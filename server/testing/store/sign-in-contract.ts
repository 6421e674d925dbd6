/** What every store must do when a ceremony succeeds, and when it is refused. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Nonce } from '../../records/nonce.ts';
import type { Store } from '../../store/store.ts';
import { at, entry, id, newNonce, newSession, use } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

export function describeSignIn(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  describe('completeSignIn', () => {
    it('updates the credential and puts the new session in the place of the old', async () => {
      const { user, credential, session } = await signedUp(store);
      const next = newSession(user.id, { credentialId: credential.id });
      await store.completeSignIn({
        nonce: newNonce(),
        use: use(credential, { signCount: 7, backedUp: true }),
        session: next,
        replaces: session,
        clears: [],
        audit: [entry(user.id)],
      });
      const found = await store.findCredential(credential.id);
      expect(found?.credential).toMatchObject({
        signCount: 7,
        backedUp: true,
        uvInitialized: true,
        lastUsedAt: at + 5,
      });
      expect(await store.findSession(session.tokenHash, at)).toBeNull();
      expect(await store.findSession(next.tokenHash, at)).not.toBeNull();
    });

    it('keeps uvInitialized once it is set', async () => {
      const { user, credential } = await signedUp(store, { uvInitialized: true });
      await store.completeSignIn({
        nonce: newNonce(),
        use: use(credential, { uvInitialized: false }),
        session: newSession(user.id),
        replaces: null,
        clears: [],
        audit: [],
      });
      expect((await store.findCredential(credential.id))?.credential.uvInitialized).toBe(true);
    });

    it.each([
      ['challenge_invalid', 'a spent nonce'],
      ['verification_failed', 'a counter that moved meanwhile'],
      ['credential_unknown', 'a credential that is gone'],
    ] as const)('refuses with %s %s, and opens no session', async (refusal, _what) => {
      const first = await signedUp(store);
      const { user, credential } = first;
      const session = newSession(user.id);
      const unknown = { ...credential, id: id(20) };
      await expect(
        store.completeSignIn({
          nonce: refusal === 'challenge_invalid' ? first.nonce : newNonce(),
          use: use(refusal === 'credential_unknown' ? unknown : credential, {
            expectedSignCount: refusal === 'verification_failed' ? 3 : 0,
          }),
          session,
          replaces: first.session,
          clears: [],
          audit: [entry(user.id)],
        }),
      ).rejects.toEqual(code(refusal));
      expect(await store.findSession(session.tokenHash, at)).toBeNull();
      expect(await store.findSession(first.session.tokenHash, at)).not.toBeNull();
      expect((await store.listAudit(user.id, { limit: 10 })).entries).toHaveLength(1);
    });

    it('lets exactly one of many with one nonce through, and all with their own', async () => {
      const { user, credential } = await signedUp(store);
      const shared = newNonce();
      const attempt = (each: Nonce) =>
        store.completeSignIn({
          nonce: each,
          use: use(credential),
          session: newSession(user.id),
          replaces: null,
          clears: [],
          audit: [],
        });
      const outcomes = await Promise.allSettled([
        ...Array.from({ length: 20 }, () => attempt(shared)),
        ...Array.from({ length: 20 }, () => attempt(newNonce())),
      ]);
      const won = outcomes.map(({ status }) => status === 'fulfilled');
      expect(won.slice(0, 20).filter(Boolean)).toHaveLength(1);
      expect(won.slice(20).filter(Boolean)).toHaveLength(20);
      expect(await store.listSessions(user.id, at)).toHaveLength(22);
    });

    it('moves a counter once for ceremonies that found it the same', async () => {
      const { user, credential } = await signedUp(store);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () =>
          store.completeSignIn({
            nonce: newNonce(),
            use: use(credential, { signCount: 1 }),
            session: newSession(user.id),
            replaces: null,
            clears: [],
            audit: [],
          }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.listSessions(user.id, at)).toHaveLength(2);
    });
  });

  it('recordRefusal spends the nonce, marks the credential and keeps the reason', async () => {
    const { user, credential } = await signedUp(store);
    const input = {
      nonce: newNonce(),
      credentialId: credential.id,
      suspectedAt: at + 7,
      audit: [entry(user.id, 'sign-count-regressed')],
    };
    await store.recordRefusal(input);
    expect((await store.findCredential(credential.id))?.credential.state).toBe('suspected-clone');
    expect((await store.listAudit(user.id, { limit: 1 })).entries[0]?.kind).toBe(
      'sign-count-regressed',
    );
    await expect(store.recordRefusal(input)).rejects.toEqual(code('challenge_invalid'));
    await store.recordRefusal({ ...input, nonce: newNonce(), suspectedAt: null });
    expect((await store.findCredential(credential.id))?.credential.state).toBe('suspected-clone');
  });

  it('recordRefusal of an account that is gone leaves nothing and fails nothing', async () => {
    const { user, credential } = await signedUp(store);
    await store.deleteAccount(user.id, at);
    await store.recordRefusal({
      nonce: newNonce(),
      credentialId: credential.id,
      suspectedAt: at,
      audit: [entry(user.id)],
    });
    expect((await store.listAudit(user.id, { limit: 1 })).entries).toEqual([]);
  });
}
