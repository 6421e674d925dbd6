/** What every store must do with the states of a credential. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Credential, CredentialState } from '../../records/credential.ts';
import type { Store } from '../../store/store.ts';
import { at, entry, newNonce, signIn } from '../records.ts';
import { accountWith, code } from '../stored-accounts.ts';

const states: readonly CredentialState[] = ['active', 'superseded', 'suspected-clone', 'revoked'];

export function describeCredentialLife(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  const find = async (credentialId: string) =>
    (await store.findCredential(credentialId))?.credential;
  const stateOf = async (credentialId: string) => (await find(credentialId))?.state;

  describe('a sign-in', () => {
    it('resolves to all credentials of the account, oldest first, as they are then', async () => {
      const former = { rpId: 'old.example', backupEligible: false };
      const mine = await accountWith(
        store,
        {},
        { state: 'superseded', ...former },
        { state: 'revoked' },
      );
      await accountWith(store);
      const [, old = mine.credential] = mine.others.toReversed();
      const use = { state: { from: 'superseded', to: 'active' } } as const;
      for (const replaces of [null, mine.session]) {
        const held = await store.completeSignIn({ ...signIn(old, use), replaces });
        const brief = (each: Credential, state: CredentialState) => {
          const { rpId, backupEligible } = each;
          return { id: each.id, rpId, state, backupEligible };
        };
        const now: CredentialState[] = ['active', 'active', 'revoked'];
        expect(held).toEqual(mine.all.map((each, index) => brief(each, now[index] ?? 'active')));
      }
    });

    it.each(
      states
        .filter((state) => state !== 'revoked')
        .flatMap(
          (found) =>
            [
              [found, null, found] as const,
              [found, { from: found, to: 'suspected-clone' }, 'suspected-clone'] as const,
              [found, { from: 'superseded', to: 'active' }, found.replace('superseded', 'active')],
            ] as const,
        ),
    )('on one that is %s, with the change %o, leaves it %s', async (found, state, left) => {
      const { others } = await accountWith(store, {}, { state: found });
      const [credential] = others as [Credential];
      await store.completeSignIn(signIn(credential, { state }));
      expect(await stateOf(credential.id)).toBe(left);
    });

    it('keeps when the counter fell last, and nothing of when it grew', async () => {
      const { credential } = await accountWith(store, { signCount: 5 });
      const fellAt = async () => (await find(credential.id))?.counterFellAt;
      const attempt = (
        expectedSignCount: number,
        signCount: number,
        counterFellAt: number | null,
      ) =>
        store.completeSignIn(signIn(credential, { expectedSignCount, signCount, counterFellAt }));
      await attempt(5, 6, null);
      expect(await fellAt()).toBeNull();
      await attempt(6, 3, at + 1);
      await attempt(3, 4, null);
      expect(await fellAt()).toBe(at + 1);
      await attempt(4, 4, at + 2);
      expect(await fellAt()).toBe(at + 2);
    });

    it('learns the backup flags, and from whom', async () => {
      const unknown = { backupKnown: false, backupEligible: false, backedUp: false };
      const { others } = await accountWith(store, {}, unknown);
      const [credential] = others as [Credential];
      expect(await find(credential.id)).toMatchObject(unknown);
      const attempt = signIn(credential, { backupEligible: true, backedUp: true });
      const session = { ...attempt.session, userAgent: 'Safari', country: 'NZ' };
      await store.completeSignIn({ ...attempt, session });
      expect(await find(credential.id)).toMatchObject({
        ...{ backupKnown: true, backupEligible: true, backedUp: true },
        ...{ lastUsedAt: at + 5, lastUserAgent: 'Safari', lastCountry: 'NZ' },
      });
    });

    it('takes the suspicion off those it names, of this account and under suspicion', async () => {
      const mine = await accountWith(store, {}, ...states.map((state) => ({ state })), {
        state: 'suspected-clone',
      });
      const theirs = await accountWith(store, {}, { state: 'suspected-clone' });
      const [active, superseded, suspected, revoked, unnamed] = mine.others as [
        ...[Credential, Credential, Credential, Credential, Credential],
      ];
      const named = [active, superseded, suspected, revoked, ...theirs.others];
      const clears = [...named.map((each) => each.id), 'gone'];
      const spent = signIn(mine.credential);
      await store.completeSignIn(spent);
      const again = { ...signIn(mine.credential), nonce: spent.nonce, clears };
      await expect(store.completeSignIn(again)).rejects.toEqual(code('challenge_invalid'));
      expect(await stateOf(suspected.id)).toBe('suspected-clone');

      const held = await store.completeSignIn({ ...again, nonce: newNonce() });
      const left = ['active', 'active', 'superseded', 'active', 'revoked', 'suspected-clone'];
      expect(held.map(({ state }) => state)).toEqual(left);
      expect(await stateOf(unnamed.id)).toBe('suspected-clone');
      expect(await stateOf(theirs.others[0]?.id ?? '')).toBe('suspected-clone');
    });

    it('with one that is revoked is unknown, and nothing is spent', async () => {
      const mine = await accountWith(store, {}, { state: 'revoked' });
      const [credential] = mine.others as [Credential];
      const attempt = { ...signIn(credential, { signCount: 1 }), replaces: mine.session };
      await expect(store.completeSignIn(attempt)).rejects.toEqual(code('credential_unknown'));
      expect(await find(credential.id)).toMatchObject({ state: 'revoked', signCount: 0 });
      expect(await store.findSession(mine.session.tokenHash, at)).not.toBeNull();
      expect((await store.listAudit(mine.user.id, { limit: 10 })).entries).toEqual([]);
      const restoring = { userId: mine.user.id, id: credential.id, audit: [] };
      await store.setCredentialState({ ...restoring, state: 'active' });
      await store.completeSignIn(attempt);
      expect(await store.findSession(attempt.session.tokenHash, at)).not.toBeNull();
    });
  });

  it.each(states)('a refusal marks one that is %s, unless it is revoked', async (state) => {
    const { others, user } = await accountWith(store, {}, { state });
    const [{ id: credentialId }] = others as [Credential];
    const audit = [entry(user.id, 'sign-count-regressed')];
    const refusal = { nonce: newNonce(), credentialId, suspectedAt: at, audit } as const;
    await store.recordRefusal(refusal);
    expect(await stateOf(credentialId)).toBe(state === 'revoked' ? state : 'suspected-clone');
    expect((await find(credentialId))?.counterFellAt).toBe(state === 'revoked' ? null : at);
    await store.recordRefusal({ ...refusal, nonce: newNonce(), suspectedAt: null });
    expect((await find(credentialId))?.counterFellAt).toBe(state === 'revoked' ? null : at);
    expect((await store.listAudit(user.id, { limit: 1 })).entries).toEqual(audit);
  });

  describe('revoking', () => {
    it('ends the sessions that the credential opened, and restoring none', async () => {
      const mine = await accountWith(store, {}, {});
      const { user, credential, session, others } = mine;
      const [other] = others as [Credential];
      const elsewhere = [signIn(credential), signIn(other)];
      for (const each of elsewhere) await store.completeSignIn(each);
      const of = { userId: user.id, id: credential.id };
      const audit = [entry(user.id, 'passkey-revoked')];
      expect(await store.setCredentialState({ ...of, state: 'revoked', audit })).toBe(2);
      expect(await stateOf(credential.id)).toBe('revoked');
      expect(await store.findSession(session.tokenHash, at)).toBeNull();
      const left = await store.listSessions(user.id, at);
      expect(left.map(({ credentialId }) => credentialId)).toEqual([other.id]);
      expect((await store.listAudit(user.id, { limit: 1 })).entries).toEqual(audit);
      expect(await store.setCredentialState({ ...of, state: 'active', audit: [] })).toBe(0);
      expect(await stateOf(credential.id)).toBe('active');
      expect(await store.listSessions(user.id, at)).toHaveLength(1);
    });

    it('is done under the owner’s name alone', async () => {
      const [mine, theirs] = [await accountWith(store), await accountWith(store)];
      const foreign = { userId: theirs.user.id, id: mine.credential.id };
      const audit = [entry(theirs.user.id, 'passkey-revoked')];
      for (const state of ['active', 'revoked'] as const) {
        await expect(store.setCredentialState({ ...foreign, state, audit })).rejects.toEqual(
          code('not_found'),
        );
      }
      expect(await stateOf(mine.credential.id)).toBe('active');
      expect(await store.findSession(mine.session.tokenHash, at)).not.toBeNull();
      expect((await store.listAudit(theirs.user.id, { limit: 1 })).entries).toEqual([]);
    });

    it('leaves no session of those that were opened at once', async () => {
      for (let round = 0; round < 5; round++) {
        const { user, credential } = await accountWith(store);
        const attempt = () =>
          store.completeSignIn(signIn(credential)).then(
            () => 'opened',
            (error: { code: string }) => error.code,
          );
        const revocation = { userId: user.id, id: credential.id, state: 'revoked', audit: [] };
        const [before, , after] = await Promise.all([
          Promise.all(Array.from({ length: 6 }, attempt)),
          store.setCredentialState({ ...revocation, state: 'revoked' }),
          Promise.all(Array.from({ length: 6 }, attempt)),
        ]);
        for (const each of [...before, ...after]) {
          expect(['opened', 'credential_unknown']).toContain(each);
        }
        expect(await store.listSessions(user.id, at)).toEqual([]);
        expect(await stateOf(credential.id)).toBe('revoked');
      }
    });
  });

  it('an upgrade is postponed by its owner alone', async () => {
    const [mine, theirs] = [await accountWith(store), await accountWith(store)];
    const audit = [entry(theirs.user.id, 'upgrade-postponed')];
    const until = at + 14;
    const foreign = { userId: theirs.user.id, id: mine.credential.id, now: at, until, audit };
    await expect(store.postponeUpgrade(foreign)).rejects.toEqual(code('not_found'));
    expect((await find(mine.credential.id))?.upgradeAfter).toBeNull();
    expect((await store.listAudit(theirs.user.id, { limit: 1 })).entries).toEqual([]);
    await store.postponeUpgrade({ ...foreign, id: theirs.credential.id });
    expect((await find(theirs.credential.id))?.upgradeAfter).toBe(until);
    expect((await store.listAudit(theirs.user.id, { limit: 1 })).entries).toEqual(audit);
  });

  it('an upgrade is postponed once by many who ask at once, and again when it is due', async () => {
    const { user, credential } = await accountWith(store);
    const postpone = (now: number, until: number) =>
      store.postponeUpgrade({
        ...{ userId: user.id, id: credential.id, now, until },
        audit: [entry(user.id, 'upgrade-postponed')],
      });
    await Promise.all(Array.from({ length: 20 }, () => postpone(at, at + 14)));
    await postpone(at + 13, at + 99);
    const noted = async () => (await store.listAudit(user.id, { limit: 50 })).entries.length;
    expect([await noted(), (await find(credential.id))?.upgradeAfter]).toEqual([1, at + 14]);
    await postpone(at + 14, at + 28);
    expect([await noted(), (await find(credential.id))?.upgradeAfter]).toEqual([2, at + 28]);
  });

  it('a policy is assigned and taken back, and shows with the owner everywhere', async () => {
    const { user, credential, session } = await accountWith(store);
    const audit = [entry(user.id, 'policy-assigned')];
    for (const policy of ['kiosk', null]) {
      await store.assignPolicy(user.id, policy, audit);
      const owner = { ...user, policy };
      expect(await store.findUser(user.id)).toEqual(owner);
      expect(await store.findUserByName(user.username)).toEqual(owner);
      expect((await store.findCredential(credential.id))?.user).toEqual(owner);
      expect((await store.findSession(session.tokenHash, at))?.user).toEqual(owner);
    }
    expect((await store.listAudit(user.id, { limit: 3 })).entries).toHaveLength(2);
    await expect(store.assignPolicy('gone', 'kiosk', [entry('gone')])).rejects.toEqual(
      code('not_found'),
    );
  });

  it.each([
    ['active', 'named', true],
    ['suspected-clone', 'named', true],
    ['superseded', 'named', false],
    ['revoked', 'named', false],
    ['active', 'not named', false],
  ] as const)('one that is %s and %s is enough to be left: %s', async (state, named, enough) => {
    const { user, credential, others } = await accountWith(store, {}, { state });
    const passkeys = named === 'named' ? others.map(({ id }) => id) : ['another'];
    const of = { userId: user.id, id: credential.id, keepOneOf: { passkeys, apple: [] } };
    const outcome = store.deleteCredential({ ...of, keepSession: '', audit: [] });
    if (enough) await outcome;
    else await expect(outcome).rejects.toEqual(code('last_credential'));
    expect((await find(credential.id)) === undefined).toBe(enough);
    const [other] = others as [Credential];
    expect(await stateOf(other.id)).toBe(state);
  });
}
