/**
 * What every store must do with the states of a credential, and with nonces whose challenges may come
 * back, whichever database is behind it. Run by one test file a dialect.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  at,
  attestation,
  code,
  entry,
  id,
  newCredential,
  newSession,
  newUser,
  nonce,
} from './contract.ts';
import type { Credential, CredentialState, CredentialUse, Store } from './store.ts';

const hour = 3_600_000;
const states: readonly CredentialState[] = ['active', 'superseded', 'suspected-clone', 'revoked'];

export function describeCredentialLife(dialect: string, open: () => Promise<Store>): void {
  describe(`the life of a credential in the ${dialect} store`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    /** An account that signed up with `own` and holds `more` beside it. */
    async function holding(...[own = {}, ...more]: readonly Partial<Credential>[]) {
      const user = newUser();
      const usernameKey = user.username;
      const make = (traits: Partial<Credential>, index: number) =>
        newCredential(user.id, { createdAt: at + index, ...traits });
      const credential = make(own, 0);
      const others = more.map((traits, index) => make(traits, index + 1));
      const session = newSession(user.id, { credentialId: credential.id });
      const first = { nonce: nonce(), user, usernameKey, credential, attestation, session };
      await store.completeSignUp({ ...first, replaces: null, audit: [] });
      if (others.length > 0) {
        const account = { user, usernameKey, credentials: others, audit: [] };
        expect(await store.importAccounts([account])).toEqual(['extended']);
      }
      return { user, credential, others, session, all: [credential, ...others] };
    }

    const find = async (credentialId: string) =>
      (await store.findCredential(credentialId))?.credential;
    const stateOf = async (credentialId: string) => (await find(credentialId))?.state;

    function addition({ user, session }: Awaited<ReturnType<typeof holding>>, supersedes: string) {
      const credential = newCredential(user.id, { createdAt: at + 10 });
      const of = { nonce: nonce(), sessionId: session.id, credential, attestation, supersedes };
      return { ...of, limit: 64, audit: [entry(user.id, 'passkey-upgraded')] };
    }

    function signIn(credential: Credential, more: Partial<CredentialUse> = {}) {
      const { userId, signCount, backupEligible, backedUp } = credential;
      const found = { id: credential.id, expectedSignCount: signCount, usedAt: at + 5 };
      const said = { signCount, backupEligible, backedUp, state: null, uvInitialized: true };
      return {
        nonce: nonce(),
        use: { ...found, ...said, ...more },
        session: newSession(userId, { credentialId: credential.id }),
        ...{ replaces: null, clears: [] as string[], audit: [entry(userId)] },
      };
    }

    describe('an addition', () => {
      it.each([
        ['active', 'superseded'],
        ['superseded', 'superseded'],
        ['suspected-clone', 'suspected-clone'],
        ['revoked', 'revoked'],
      ] as const)('finds the credential it supersedes %s and leaves it %s', async (from, to) => {
        const mine = await holding({}, { state: from });
        const [, old = mine.credential] = mine.all;
        const added = addition(mine, old.id);
        await store.completeAddition(added);
        expect(await stateOf(old.id)).toBe(to);
        expect(await stateOf(added.credential.id)).toBe('active');
        expect(await stateOf(mine.credential.id)).toBe('active');
      });

      it('goes through where the credential it supersedes is gone, or is another account’s', async () => {
        const [mine, theirs] = [await holding(), await holding()];
        for (const old of [id(20), theirs.credential.id]) {
          const added = addition(mine, old);
          await store.completeAddition(added);
          expect(await stateOf(added.credential.id)).toBe('active');
        }
        expect(await stateOf(theirs.credential.id)).toBe('active');
      });

      it('that is refused supersedes nothing', async () => {
        const mine = await holding();
        const { id: old } = mine.credential;
        const added = addition(mine, old);
        const taken = { ...added, credential: mine.credential };
        await expect(store.completeAddition(taken)).rejects.toEqual(code('credential_exists'));
        const full = { ...addition(mine, old), limit: 1 };
        await expect(store.completeAddition(full)).rejects.toEqual(code('credential_limit'));
        const signedOut = { ...addition(mine, old), sessionId: 'gone' };
        await expect(store.completeAddition(signedOut)).rejects.toEqual(code('unauthenticated'));
        expect(await stateOf(old)).toBe('active');
      });

      it('of two at once that supersede the same, both stay', async () => {
        const mine = await holding();
        const both = [addition(mine, mine.credential.id), addition(mine, mine.credential.id)];
        await Promise.all(both.map((each) => store.completeAddition(each)));
        const held = await store.listCredentials(mine.user.id);
        expect(held.map(({ state }) => state)).toEqual(['superseded', 'active', 'active']);
      });

      it('and sign-ins with what it supersedes don’t stand in each other’s way', async () => {
        for (let round = 0; round < 5; round++) {
          const mine = await holding();
          const { credential, session } = mine;
          const again = { ...signIn(credential), replaces: session };
          const outcomes = await Promise.allSettled([
            store.completeAddition(addition(mine, credential.id)),
            store.completeSignIn(again),
          ]);
          const refusals = outcomes.flatMap((each) =>
            each.status === 'rejected' ? [each.reason.code] : [],
          );
          // The session may have been replaced before the addition came to it.
          expect(['', 'unauthenticated']).toContain(refusals.join());
          expect(await store.findSession(again.session.tokenHash, at)).not.toBeNull();
        }
      });
    });

    describe('a sign-in', () => {
      it('resolves to all credentials of the account, oldest first, as they are then', async () => {
        const former = { rpId: 'old.example', backupEligible: false };
        const mine = await holding({}, { state: 'superseded', ...former }, { state: 'revoked' });
        await holding();
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
                [
                  found,
                  { from: 'superseded', to: 'active' },
                  found.replace('superseded', 'active'),
                ],
              ] as const,
          ),
      )('on one that is %s, with the change %o, leaves it %s', async (found, state, left) => {
        const { others } = await holding({}, { state: found });
        const [credential] = others as [Credential];
        await store.completeSignIn(signIn(credential, { state }));
        expect(await stateOf(credential.id)).toBe(left);
      });

      it('learns the backup flags, and from whom', async () => {
        const unknown = { backupKnown: false, backupEligible: false, backedUp: false };
        const { others } = await holding({}, unknown);
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
        const mine = await holding({}, ...states.map((state) => ({ state })), {
          state: 'suspected-clone',
        });
        const theirs = await holding({}, { state: 'suspected-clone' });
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

        const held = await store.completeSignIn({ ...again, nonce: nonce() });
        const left = ['active', 'active', 'superseded', 'active', 'revoked', 'suspected-clone'];
        expect(held.map(({ state }) => state)).toEqual(left);
        expect(await stateOf(unnamed.id)).toBe('suspected-clone');
        expect(await stateOf(theirs.others[0]?.id ?? '')).toBe('suspected-clone');
      });

      it('with one that is revoked is unknown, and nothing is spent', async () => {
        const mine = await holding({}, { state: 'revoked' });
        const [credential] = mine.others as [Credential];
        const attempt = { ...signIn(credential, { signCount: 1 }), replaces: mine.session };
        await expect(store.completeSignIn(attempt)).rejects.toEqual(code('credential_unknown'));
        expect(await find(credential.id)).toMatchObject({ state: 'revoked', signCount: 0 });
        expect(await store.findSession(mine.session.tokenHash, at)).not.toBeNull();
        expect(await store.listAudit(mine.user.id, 10)).toEqual([]);
        const restoring = { userId: mine.user.id, id: credential.id, audit: [] };
        await store.setCredentialState({ ...restoring, state: 'active' });
        await store.completeSignIn(attempt);
        expect(await store.findSession(attempt.session.tokenHash, at)).not.toBeNull();
      });
    });

    it.each(states)('a refusal marks one that is %s, unless it is revoked', async (state) => {
      const { others, user } = await holding({}, { state });
      const [{ id: credentialId }] = others as [Credential];
      const audit = [entry(user.id, 'sign-count-regressed')];
      const refusal = { nonce: nonce(), credentialId, state: 'suspected-clone', audit } as const;
      await store.recordRefusal(refusal);
      expect(await stateOf(credentialId)).toBe(state === 'revoked' ? state : 'suspected-clone');
      expect(await store.listAudit(user.id, 1)).toEqual(audit);
    });

    describe('revoking', () => {
      it('ends the sessions that the credential opened, and restoring none', async () => {
        const mine = await holding({}, {});
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
        expect(await store.listAudit(user.id, 1)).toEqual(audit);
        expect(await store.setCredentialState({ ...of, state: 'active', audit: [] })).toBe(0);
        expect(await stateOf(credential.id)).toBe('active');
        expect(await store.listSessions(user.id, at)).toHaveLength(1);
      });

      it('is done under the owner’s name alone', async () => {
        const [mine, theirs] = [await holding(), await holding()];
        const foreign = { userId: theirs.user.id, id: mine.credential.id };
        const audit = [entry(theirs.user.id, 'passkey-revoked')];
        for (const state of ['active', 'revoked'] as const) {
          await expect(store.setCredentialState({ ...foreign, state, audit })).rejects.toEqual(
            code('not_found'),
          );
        }
        expect(await stateOf(mine.credential.id)).toBe('active');
        expect(await store.findSession(mine.session.tokenHash, at)).not.toBeNull();
        expect(await store.listAudit(theirs.user.id, 1)).toEqual([]);
      });

      it('leaves no session of those that were opened at once', async () => {
        for (let round = 0; round < 5; round++) {
          const { user, credential } = await holding();
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
      const [mine, theirs] = [await holding(), await holding()];
      const audit = [entry(theirs.user.id, 'upgrade-postponed')];
      const until = at + 14;
      const foreign = { userId: theirs.user.id, id: mine.credential.id, until, audit };
      await expect(store.postponeUpgrade(foreign)).rejects.toEqual(code('not_found'));
      expect((await find(mine.credential.id))?.upgradeAfter).toBeNull();
      expect(await store.listAudit(theirs.user.id, 1)).toEqual([]);
      await store.postponeUpgrade({ ...foreign, id: theirs.credential.id });
      expect((await find(theirs.credential.id))?.upgradeAfter).toBe(until);
      expect(await store.listAudit(theirs.user.id, 1)).toEqual(audit);
    });

    it('a policy is assigned and taken back, and shows with the owner everywhere', async () => {
      const { user, credential, session } = await holding();
      const audit = [entry(user.id, 'policy-assigned')];
      for (const policy of ['kiosk', null]) {
        await store.assignPolicy(user.id, policy, audit);
        const owner = { ...user, policy };
        expect(await store.findUser(user.id)).toEqual(owner);
        expect(await store.findUserByName(user.username)).toEqual(owner);
        expect((await store.findCredential(credential.id))?.user).toEqual(owner);
        expect((await store.findSession(session.tokenHash, at))?.user).toEqual(owner);
      }
      expect(await store.listAudit(user.id, 3)).toHaveLength(2);
      await expect(store.assignPolicy('gone', 'kiosk', [entry('gone')])).rejects.toEqual(
        code('not_found'),
      );
    });

    it.each([
      ['active', true],
      ['suspected-clone', true],
      ['superseded', false],
      ['revoked', false],
    ] as const)('one that is %s is enough to be left: %s', async (state, enough) => {
      const { user, credential, others } = await holding({}, { state });
      const deletion = { userId: user.id, id: credential.id, keepSession: '', audit: [] };
      const outcome = store.deleteCredential(deletion);
      if (enough) await outcome;
      else await expect(outcome).rejects.toEqual(code('last_credential'));
      expect((await find(credential.id)) === undefined).toBe(enough);
      const [other] = others as [Credential];
      expect(await stateOf(other.id)).toBe(state);
    });

    describe('a nonce that was purged', () => {
      const expiresAt = at + 600_000;
      const later = expiresAt + hour + 1;

      it('is never accepted again, nor is what expires no later', async () => {
        const { credential } = await holding();
        const spent = signIn(credential);
        await store.completeSignIn(spent);
        await store.purge(later, 0);
        // The clock is set back: their challenges open again.
        const due = [spent.nonce, nonce(expiresAt), nonce(expiresAt - 1)];
        for (const each of due) {
          const attempt = { ...signIn(credential), nonce: each };
          await expect(store.completeSignIn(attempt)).rejects.toEqual(code('challenge_invalid'));
          const { userId, id: credentialId } = credential;
          const refusal = { nonce: each, credentialId, state: null, audit: [entry(userId)] };
          await expect(store.recordRefusal(refusal)).rejects.toEqual(code('challenge_invalid'));
        }
        await store.completeSignIn({ ...signIn(credential), nonce: nonce(expiresAt + 1) });
      });

      it('stays forgotten by no later purge, however the clock jumps', async () => {
        const { credential } = await holding();
        const [early, late] = [nonce(expiresAt - 5), nonce(expiresAt)];
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
        const { credential } = await holding();
        const ahead = nonce(expiresAt + 365 * 24 * hour);
        for (const each of [nonce(expiresAt), ahead]) {
          await store.completeSignIn({ ...signIn(credential), nonce: each });
        }
        await store.purge(ahead.expiresAt + hour + 1, 0);
        for (const free of [expiresAt + 1, expiresAt + hour, ahead.expiresAt + 1]) {
          await store.completeSignIn({ ...signIn(credential), nonce: nonce(free) });
        }
        const again = { ...signIn(credential), nonce: ahead };
        await expect(store.completeSignIn(again)).rejects.toEqual(code('challenge_invalid'));
      });

      it('that is not due leaves every challenge as it was', async () => {
        const { credential } = await holding();
        await store.purge(later - 1, 0);
        await store.completeSignIn({ ...signIn(credential), nonce: nonce(at) });
      });
    });
  });
}
