/** What every store must do with the credentials of an account. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { at, entry, newAddition, newCredential, newSession, signIn } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

export function describeCredentials(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  describe('credentials', () => {
    it('are renamed and deleted under their owner’s name alone', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      const foreign = { userId: theirs.user.id, id: mine.credential.id, audit: [] };
      await expect(store.renameCredential({ ...foreign, name: 'x' })).rejects.toEqual(
        code('not_found'),
      );
      const deletion = {
        ...foreign,
        keepOneOf: { passkeys: [theirs.credential.id], apple: [] },
        keepSession: '',
      };
      await expect(store.deleteCredential(deletion)).rejects.toEqual(code('not_found'));
      await store.renameCredential({ ...foreign, userId: mine.user.id, name: 'Mine' });
      expect((await store.findCredential(mine.credential.id))?.credential.name).toBe('Mine');
    });

    it('tell what their sessions prove, each of itself', async () => {
      const attested = { backupEligible: false, backupKnown: true, attested: true };
      const { user, session, credential } = await signedUp(store);
      const second = newCredential(user.id, attested);
      await store.completeAddition(newAddition(session, { credential: second }));
      expect(await store.findOpener(second.id)).toEqual({ state: 'active', ...attested });
      const { backupEligible, backupKnown, state } = credential;
      expect(await store.findOpener(credential.id)).toEqual({
        ...{ state, backupEligible, backupKnown },
        attested: credential.attested,
      });
      expect(await store.findOpener('unknown')).toBeNull();
    });

    it('take the sessions they opened with them, but not the one that asks', async () => {
      const { user, credential, session } = await signedUp(store);
      const second = newCredential(user.id);
      await store.completeAddition(newAddition(session, { credential: second }));
      const elsewhere = newSession(user.id, { credentialId: credential.id });
      const other = newSession(user.id, { credentialId: second.id });
      for (const each of [elsewhere, other]) {
        await store.completeSignIn({ ...signIn(credential), session: each, audit: [] });
      }
      await store.deleteCredential({
        userId: user.id,
        id: credential.id,
        keepOneOf: { passkeys: [second.id], apple: [] },
        keepSession: session.id,
        audit: [entry(user.id, 'passkey-deleted')],
      });
      const left = (await store.listSessions(user.id, at)).map((each) => each.id);
      expect(left.sort()).toEqual([session.id, other.id].sort());
      expect((await store.findSession(session.tokenHash, at))?.session.credentialId).toBeNull();
    });

    it('the last one stays, with its sessions', async () => {
      const { user, credential, session } = await signedUp(store);
      const of = { userId: user.id, id: credential.id };
      const deletion = {
        ...{ ...of, keepOneOf: { passkeys: [], apple: [] }, keepSession: '', audit: [] },
      };
      await expect(store.deleteCredential(deletion)).rejects.toEqual(code('last_credential'));
      expect(await store.findCredential(credential.id)).not.toBeNull();
      expect(await store.findSession(session.tokenHash, at)).not.toBeNull();
    });

    it('of the last two, deleted at once, one stays', async () => {
      const { user, credential, session } = await signedUp(store);
      const second = newCredential(user.id);
      await store.completeAddition(newAddition(session, { credential: second, limit: 2 }));
      const outcomes = await Promise.allSettled(
        [
          [credential, second],
          [second, credential],
        ].map((pair) => {
          const [id = '', other = ''] = pair.map((each) => each.id);
          const deletion = { userId: user.id, id, keepOneOf: { passkeys: [other], apple: [] } };
          return store.deleteCredential({ ...deletion, keepSession: '', audit: [] });
        }),
      );
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await store.listCredentials(user.id)).toHaveLength(1);
    });
  });
}
