/**
 * What every store must do, whichever database is behind it. Run by one test file a dialect.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import type { ErrorCode } from '../errors.ts';
import type {
  Attestation,
  AuditEntry,
  AuditKind,
  Credential,
  CredentialUse,
  NewSession,
  Nonce,
  Store,
  User,
} from './store.ts';

export const at = 1_800_000_000_000;
export const id = (bytes = 16) => toBase64Url(randomBytes(bytes));
export const nonce = (expiresAt = at + 600_000): Nonce => ({ value: randomBytes(16), expiresAt });
export const attestation: Attestation = {
  fmt: 'none',
  attestationObject: new Uint8Array([1, 2]),
  clientDataJSON: new Uint8Array([3, 4]),
};

export function newUser(username = `user-${id()}`): User {
  return {
    id: id(32),
    username,
    displayName: username.toUpperCase(),
    createdAt: at,
    disabledAt: null,
    policy: null,
  };
}

export function newCredential(userId: string, more: Partial<Credential> = {}): Credential {
  return {
    id: id(20),
    userId,
    name: 'Passkey',
    state: 'active',
    publicKey: randomBytes(77),
    algorithm: -7,
    signCount: 0,
    uvInitialized: false,
    backupEligible: true,
    backedUp: false,
    backupKnown: true,
    transports: ['internal', 'x-later'],
    aaguid: '00000000-0000-0000-0000-000000000000',
    attachment: null,
    rpId: 'example.org',
    createdAt: at,
    lastUsedAt: null,
    lastUserAgent: null,
    lastCountry: null,
    upgradeAfter: null,
    userHandle: null,
    ...more,
  };
}

export function newSession(userId: string, more: Partial<NewSession> = {}): NewSession {
  return {
    tokenHash: id(32),
    id: id(),
    userId,
    createdAt: at,
    authenticatedAt: at,
    expiresAt: at + 1000,
    userVerified: true,
    method: 'passkey',
    credentialId: null,
    userAgent: 'a browser',
    country: null,
    ...more,
  };
}

export function entry(userId: string, kind: AuditKind = 'signed-in'): AuditEntry {
  return { at, kind, userId, credentialId: null, sessionId: null, evidence: { up: true } };
}

export const code = (expected: ErrorCode) => expect.objectContaining({ code: expected });

export function describeStore(dialect: string, open: () => Promise<Store>): void {
  describe(`the ${dialect} store`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    async function account(more: Partial<Credential> = {}, username?: string) {
      const user = newUser(username);
      const credential = newCredential(user.id, more);
      const session = newSession(user.id, { credentialId: credential.id });
      const usernameKey = user.username;
      const audit = [entry(user.id, 'account-created')];
      const input = {
        nonce: nonce(),
        user,
        usernameKey,
        credential,
        attestation,
        session,
        replaces: null,
        audit,
      };
      await store.completeSignUp(input);
      return input;
    }

    const use = (credential: Credential, more: Partial<CredentialUse> = {}): CredentialUse => ({
      id: credential.id,
      expectedSignCount: credential.signCount,
      signCount: credential.signCount,
      backupEligible: credential.backupEligible,
      backedUp: credential.backedUp,
      state: null,
      uvInitialized: true,
      usedAt: at + 5,
      ...more,
    });

    const signIn = ({ user, credential }: Awaited<ReturnType<typeof account>>) => ({
      nonce: nonce(),
      use: use(credential, { signCount: 1 }),
      session: newSession(user.id, { credentialId: credential.id }),
      replaces: null,
      clears: [],
      audit: [entry(user.id)],
    });

    describe('completeSignUp', () => {
      it('stores account, credential, session and audit as they were given', async () => {
        const { user, credential, session } = await account();
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
        expect(await store.listAudit(user.id, 10)).toEqual([entry(user.id, 'account-created')]);
      });

      it.each([
        ['challenge_invalid', 'nonce'],
        ['username_taken', 'usernameKey'],
        ['credential_exists', 'credential'],
      ] as const)(
        'refuses with %s a %s that was there, and keeps nothing',
        async (refusal, taken) => {
          const first = await account();
          const user = newUser();
          const session = newSession(user.id);
          const input = {
            nonce: nonce(),
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
            taken === 'credential'
              ? { ...input.credential, id: first.credential.id }
              : first[taken];
          await expect(store.completeSignUp({ ...input, [taken]: same })).rejects.toEqual(
            code(refusal),
          );
          expect(await store.findUser(user.id)).toBeNull();
          expect(await store.findCredential(input.credential.id)).toBeNull();
          expect(await store.findSession(session.tokenHash, at)).toBeNull();
          expect(await store.findSession(first.session.tokenHash, at)).not.toBeNull();
          expect(await store.listAudit(user.id, 10)).toEqual([]);
          if (taken !== 'nonce') await expect(store.completeSignUp(input)).resolves.toBeUndefined();
        },
      );
    });

    describe('completeAddition', () => {
      it('adds a credential, in the order of their making', async () => {
        const { user, credential, session } = await account();
        const second = newCredential(user.id, { createdAt: at + 1 });
        const input = {
          sessionId: session.id,
          credential: second,
          attestation,
          supersedes: null,
          limit: 2,
          audit: [entry(user.id)],
        };
        await store.completeAddition({ ...input, nonce: nonce() });
        const ids = (await store.listCredentials(user.id)).map((each) => each.id);
        expect(ids).toEqual([credential.id, second.id]);
      });

      it('refuses what is over the limit, what exists, and a session or account that is gone', async () => {
        const { user, credential, session } = await account();
        const add = (more: object) =>
          store.completeAddition({
            nonce: nonce(),
            sessionId: session.id,
            credential: newCredential(user.id),
            attestation,
            supersedes: null,
            limit: 64,
            audit: [],
            ...more,
          });
        await expect(add({ limit: 1 })).rejects.toEqual(code('credential_limit'));
        await expect(add({ credential })).rejects.toEqual(code('credential_exists'));
        await expect(add({ sessionId: 'gone' })).rejects.toEqual(code('unauthenticated'));
        await store.deleteAccount(user.id);
        await expect(add({})).rejects.toEqual(code('unauthenticated'));
      });

      it('holds the limit for credentials that are added at once', async () => {
        const { user, session } = await account();
        const outcomes = await Promise.allSettled(
          Array.from({ length: 12 }, () =>
            store.completeAddition({
              nonce: nonce(),
              sessionId: session.id,
              credential: newCredential(user.id),
              attestation,
              supersedes: null,
              limit: 4,
              audit: [],
            }),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
        expect(await store.listCredentials(user.id)).toHaveLength(4);
      });
    });

    describe('completeSignIn', () => {
      it('updates the credential and puts the new session in the place of the old', async () => {
        const { user, credential, session } = await account();
        const next = newSession(user.id, { credentialId: credential.id });
        await store.completeSignIn({
          nonce: nonce(),
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
        const { user, credential } = await account({ uvInitialized: true });
        await store.completeSignIn({
          nonce: nonce(),
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
        const first = await account();
        const { user, credential } = first;
        const session = newSession(user.id);
        const unknown = { ...credential, id: id(20) };
        await expect(
          store.completeSignIn({
            nonce: refusal === 'challenge_invalid' ? first.nonce : nonce(),
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
        expect(await store.listAudit(user.id, 10)).toHaveLength(1);
      });

      it('lets exactly one of many with one nonce through, and all with their own', async () => {
        const { user, credential } = await account();
        const shared = nonce();
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
          ...Array.from({ length: 20 }, () => attempt(nonce())),
        ]);
        const won = outcomes.map(({ status }) => status === 'fulfilled');
        expect(won.slice(0, 20).filter(Boolean)).toHaveLength(1);
        expect(won.slice(20).filter(Boolean)).toHaveLength(20);
        expect(await store.listSessions(user.id, at)).toHaveLength(22);
      });

      it('moves a counter once for ceremonies that found it the same', async () => {
        const { user, credential } = await account();
        const outcomes = await Promise.allSettled(
          Array.from({ length: 8 }, () =>
            store.completeSignIn({
              nonce: nonce(),
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
      const { user, credential } = await account();
      const input = {
        nonce: nonce(),
        credentialId: credential.id,
        state: 'suspected-clone' as const,
        audit: [entry(user.id, 'sign-count-regressed')],
      };
      await store.recordRefusal(input);
      expect((await store.findCredential(credential.id))?.credential.state).toBe('suspected-clone');
      expect((await store.listAudit(user.id, 1))[0]?.kind).toBe('sign-count-regressed');
      await expect(store.recordRefusal(input)).rejects.toEqual(code('challenge_invalid'));
      await store.recordRefusal({ ...input, nonce: nonce(), state: null });
      expect((await store.findCredential(credential.id))?.credential.state).toBe('suspected-clone');
    });

    it('recordRefusal of an account that is gone leaves nothing and fails nothing', async () => {
      const { user, credential } = await account();
      await store.deleteAccount(user.id);
      await store.recordRefusal({
        nonce: nonce(),
        credentialId: credential.id,
        state: 'suspected-clone',
        audit: [entry(user.id)],
      });
      expect(await store.listAudit(user.id, 1)).toEqual([]);
    });

    it('keepKey keeps the first of a name for good', async () => {
      const [first, second] = [randomBytes(32), randomBytes(32)];
      const kept = await Promise.all([
        store.keepKey('decoy', first),
        store.keepKey('decoy', second),
        store.keepKey('other', second),
      ]);
      const hex = kept.map((key) => Buffer.from(key).toString('hex'));
      expect(hex[0]).toBe(hex[1]);
      expect([first, second].map((key) => key.toString('hex'))).toContain(hex[0]);
      expect(hex[2]).toBe(second.toString('hex'));
    });

    describe('credentials', () => {
      it('are renamed and deleted under their owner’s name alone', async () => {
        const [mine, theirs] = [await account(), await account()];
        const foreign = { userId: theirs.user.id, id: mine.credential.id, audit: [] };
        await expect(store.renameCredential({ ...foreign, name: 'x' })).rejects.toEqual(
          code('not_found'),
        );
        await expect(store.deleteCredential({ ...foreign, keepSession: '' })).rejects.toEqual(
          code('not_found'),
        );
        await store.renameCredential({ ...foreign, userId: mine.user.id, name: 'Mine' });
        expect((await store.findCredential(mine.credential.id))?.credential.name).toBe('Mine');
      });

      it('take the sessions they opened with them, but not the one that asks', async () => {
        const { user, credential, session } = await account();
        const second = newCredential(user.id);
        await store.completeAddition({
          nonce: nonce(),
          sessionId: session.id,
          credential: second,
          attestation,
          supersedes: null,
          limit: 64,
          audit: [],
        });
        const elsewhere = newSession(user.id, { credentialId: credential.id });
        const other = newSession(user.id, { credentialId: second.id });
        for (const each of [elsewhere, other]) {
          await store.completeSignIn({
            nonce: nonce(),
            use: use(credential),
            session: each,
            replaces: null,
            clears: [],
            audit: [],
          });
        }
        await store.deleteCredential({
          userId: user.id,
          id: credential.id,
          keepSession: session.id,
          audit: [entry(user.id, 'passkey-deleted')],
        });
        const left = (await store.listSessions(user.id, at)).map((each) => each.id);
        expect(left.sort()).toEqual([session.id, other.id].sort());
        expect((await store.findSession(session.tokenHash, at))?.session.credentialId).toBeNull();
      });

      it('the last one stays, with its sessions', async () => {
        const { user, credential, session } = await account();
        const deletion = { userId: user.id, id: credential.id, keepSession: '', audit: [] };
        await expect(store.deleteCredential(deletion)).rejects.toEqual(code('last_credential'));
        expect(await store.findCredential(credential.id)).not.toBeNull();
        expect(await store.findSession(session.tokenHash, at)).not.toBeNull();
      });

      it('of the last two, deleted at once, one stays', async () => {
        const { user, credential, session } = await account();
        const second = newCredential(user.id);
        await store.completeAddition({
          nonce: nonce(),
          sessionId: session.id,
          credential: second,
          attestation,
          supersedes: null,
          limit: 2,
          audit: [],
        });
        const outcomes = await Promise.allSettled(
          [credential, second].map((each) =>
            store.deleteCredential({ userId: user.id, id: each.id, keepSession: '', audit: [] }),
          ),
        );
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        expect(await store.listCredentials(user.id)).toHaveLength(1);
      });
    });

    describe('accounts', () => {
      it('change what is given and leave the rest, also at once', async () => {
        const { user } = await account();
        const name = { username: `New-${id()}`, usernameKey: `new-${id()}` };
        const [, changed] = await Promise.all([
          store.updateAccount({ userId: user.id, name, audit: [] }),
          store.updateAccount({ userId: user.id, displayName: 'New', audit: [] }),
        ]);
        expect(await store.findUserByName(name.usernameKey)).toMatchObject({
          username: name.username,
          displayName: 'New',
        });
        expect(changed).toMatchObject({ id: user.id, displayName: 'New' });
        expect(await store.updateAccount({ userId: user.id, audit: [] })).toEqual(
          await store.findUser(user.id),
        );
        expect(await store.findUserByName(user.username)).toBeNull();
      });

      it('can’t take another’s name', async () => {
        const [mine, theirs] = [await account(), await account()];
        const name = { username: 'x', usernameKey: theirs.usernameKey };
        await expect(
          store.updateAccount({ userId: mine.user.id, name, audit: [] }),
        ).rejects.toEqual(code('username_taken'));
        expect(await store.findUser(mine.user.id)).toEqual(mine.user);
      });

      it('go with everything that is theirs, and nothing that is not', async () => {
        const [mine, theirs] = [await account(), await account()];
        await store.deleteAccount(mine.user.id);
        expect(await store.findUser(mine.user.id)).toBeNull();
        expect(await store.findCredential(mine.credential.id)).toBeNull();
        expect(await store.findSession(mine.session.tokenHash, at)).toBeNull();
        expect(await store.listAudit(mine.user.id, 10)).toEqual([]);
        expect(await store.findCredential(theirs.credential.id)).not.toBeNull();
        await expect(
          store.updateAccount({ userId: mine.user.id, displayName: 'x', audit: [] }),
        ).rejects.toEqual(code('unauthenticated'));
      });
    });

    describe('disabled accounts', () => {
      it('lose their sessions and open none, until they are enabled', async () => {
        const [mine, theirs] = [await account(), await account()];
        const { user, credential, session } = mine;
        await store.completeSignIn({ ...signIn(mine), use: use(credential) });
        const disabling = [entry(user.id, 'account-disabled')];
        expect(await store.disableUser(user.id, at + 1, disabling)).toBe(2);
        expect(await store.findUser(user.id)).toEqual({ ...user, disabledAt: at + 1 });
        expect((await store.findCredential(credential.id))?.user.disabledAt).toBe(at + 1);
        expect(await store.findSession(session.tokenHash, at)).toBeNull();
        expect(await store.listSessions(user.id, at)).toEqual([]);
        expect(await store.listAudit(user.id, 1)).toEqual(disabling);

        const refused = signIn(mine);
        await expect(store.completeSignIn(refused)).rejects.toEqual(code('account_disabled'));
        expect(await store.listSessions(user.id, at)).toEqual([]);
        expect(await store.listAudit(user.id, 1)).toEqual(disabling);
        expect((await store.findCredential(credential.id))?.credential.signCount).toBe(0);
        expect(await store.findSession(theirs.session.tokenHash, at)).not.toBeNull();

        const enabling = [entry(user.id, 'account-enabled')];
        expect(await store.disableUser(user.id, null, enabling)).toBe(0);
        expect(await store.findUser(user.id)).toEqual(user);
        expect(await store.listAudit(user.id, 1)).toEqual(enabling);
        // Nothing was spent by the refusal.
        await store.completeSignIn(refused);
        expect(await store.findSession(refused.session.tokenHash, at)).not.toBeNull();
      });

      it('say so only after the nonce and the credential have been looked at', async () => {
        const mine = await account();
        await store.disableUser(mine.user.id, at, []);
        const attempt = signIn(mine);
        await expect(store.completeSignIn({ ...attempt, nonce: mine.nonce })).rejects.toEqual(
          code('challenge_invalid'),
        );
        await expect(
          store.completeSignIn({ ...attempt, use: { ...attempt.use, id: id(20) } }),
        ).rejects.toEqual(code('credential_unknown'));
        await expect(
          store.completeSignIn({ ...attempt, use: { ...attempt.use, expectedSignCount: 7 } }),
        ).rejects.toEqual(code('account_disabled'));
      });

      it('have no session left of those that were opened at once', async () => {
        for (let round = 0; round < 5; round++) {
          const mine = await account();
          const attempt = () =>
            store.completeSignIn({ ...signIn(mine), use: use(mine.credential) }).then(
              () => 'opened',
              (error: { code: string }) => error.code,
            );
          const [before, , after] = await Promise.all([
            Promise.all(Array.from({ length: 6 }, attempt)),
            store.disableUser(mine.user.id, at, []),
            Promise.all(Array.from({ length: 6 }, attempt)),
          ]);
          expect(['opened', 'account_disabled']).toEqual(
            expect.arrayContaining([...new Set([...before, ...after])]),
          );
          // A session that slipped through would be alive again with the account.
          await store.disableUser(mine.user.id, null, []);
          expect(await store.listSessions(mine.user.id, at)).toEqual([]);
        }
      });

      it('that are not there are not found', async () => {
        await expect(store.disableUser('gone', at, [entry('gone')])).rejects.toEqual(
          code('not_found'),
        );
        await expect(store.disableUser('gone', null, [])).rejects.toEqual(code('not_found'));
      });
    });

    it('listUsers pages through the accounts by the bytes of their keys, within a prefix', async () => {
      const names = ['a', 'aa', 'ab', 'a_', 'a-b', 'b', 'ä', 'z', 'ａ', '\u{1f511}', 'a\u{1f511}'];
      for (const name of [...names].reverse()) await account({}, name);
      const inOrder = names.sort((one, other) =>
        Buffer.compare(Buffer.from(one), Buffer.from(other)),
      );
      const list = async (search: string | undefined, limit: number) => {
        const found: string[] = [];
        for (let after: string | null | undefined; after !== null; ) {
          const page = { limit, ...(search && { search }), ...(after && { after }) };
          const { users, next } = await store.listUsers(page);
          expect(users.length).toBe(next === null ? users.length : limit);
          found.push(...users.map(({ username }) => username));
          after = next;
        }
        return found;
      };
      for (const limit of [1, 2, 5, 11, 100]) expect(await list(undefined, limit)).toEqual(inOrder);
      expect(await list('a', 3)).toEqual(inOrder.filter((name) => name.startsWith('a')));
      expect(await list('%', 3)).toEqual([]);
      const [first] = (await store.listUsers({ limit: 1 })).users;
      expect(first).toEqual(await store.findUserByName('a'));
    });

    describe('sessions', () => {
      it('are ended all at once, and the account stays open', async () => {
        const [mine, theirs] = [await account(), await account()];
        const { user } = mine;
        const session = newSession(user.id);
        const next = { ...signIn(mine), use: use(mine.credential), session, audit: [] };
        await store.completeSignIn(next);
        const audit = [entry(user.id, 'sessions-ended')];
        expect(await store.endSessions(user.id, audit)).toBe(2);
        expect(await store.listSessions(user.id, at)).toEqual([]);
        expect(await store.listAudit(user.id, 1)).toEqual(audit);
        expect(await store.endSessions(user.id, [])).toBe(0);
        expect(await store.findSession(theirs.session.tokenHash, at)).not.toBeNull();
        await store.completeSignIn({ ...next, nonce: nonce() });
        await expect(store.endSessions('gone', [entry('gone')])).rejects.toEqual(code('not_found'));
      });

      it('are found until they expire and not after', async () => {
        const { session } = await account();
        expect(await store.findSession(session.tokenHash, at + 999)).not.toBeNull();
        expect(await store.findSession(session.tokenHash, at + 1000)).toBeNull();
        expect(await store.listSessions(session.userId, at + 1000)).toEqual([]);
      });

      it('are ended under their owner’s name alone, once', async () => {
        const [mine, theirs] = [await account(), await account()];
        const end = (userId: string) =>
          store.endSession({ userId, id: mine.session.id, audit: [] });
        await expect(end(theirs.user.id)).rejects.toEqual(code('not_found'));
        await end(mine.user.id);
        await expect(end(mine.user.id)).rejects.toEqual(code('not_found'));
      });
    });

    it('purge removes what has expired and leaves the rest', async () => {
      const { user, session, nonce: spent, usernameKey, credential } = await account();
      const hour = 3_600_000;
      expect(await store.purge(at + 999, 0)).toBe(0);
      expect(await store.purge(at + 1000, 0)).toBe(1);
      expect(await store.findSession(session.tokenHash, at)).toBeNull();
      // A nonce is kept for an hour beyond its challenge.
      expect(await store.purge(spent.expiresAt + hour, 0)).toBe(0);
      expect(await store.purge(spent.expiresAt + hour + 1, 0)).toBe(1);
      expect(await store.listAudit(user.id, 10)).toHaveLength(1);
      expect(await store.purge(at, at + 1)).toBe(1);
      expect(await store.findUserByName(usernameKey)).toEqual(user);
      expect(await store.findCredential(credential.id)).not.toBeNull();
    });
  });
}
