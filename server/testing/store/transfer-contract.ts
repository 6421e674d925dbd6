/**
 * What every store must do with many accounts at once, with either database. One test file for each dialect runs it.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBase64Url } from '../../base64url.ts';
import type { AppleLink } from '../../records/apple.ts';
import type { Credential, RegisteredHandle } from '../../records/credential.ts';
import type { ImportedAccount } from '../../records/imported-account.ts';
import type { User } from '../../records/user.ts';
import type { Store } from '../../store/store.ts';
import { at, entry, id, signIn } from '../records.ts';
import { signedUp } from '../stored-accounts.ts';

function newCredential(userId: string, more: Partial<Credential> = {}): Credential {
  return {
    ...{ id: id(20), userId, name: 'Passkey', state: 'active' },
    ...{ publicKey: new Uint8Array(randomBytes(77)), algorithm: -7, signCount: 4_294_967_295 },
    ...{ uvInitialized: true, backupEligible: true, backedUp: true, backupKnown: false },
    ...{ transports: ['internal', 'x-later'], aaguid: '00000000-0000-0000-0000-000000000000' },
    ...{ attachment: 'platform', rpId: 'example.org', createdAt: at, lastUsedAt: at + 1 },
    useKnown: true,
    ...{ lastUserAgent: 'a browser', lastCountry: 'NL', upgradeAfter: at + 2 },
    counterFellAt: at + 3,
    userHandle: { kind: 'own', handle: id(32) },
    attested: true,
    ...more,
  };
}

function newAccount(more: Partial<User> = {}, held = 1): ImportedAccount {
  const handle = more.id ?? id(32);
  const username = `user-${id()}`;
  const names = { username, displayName: username.toUpperCase() };
  const user = { id: handle, ...names, createdAt: at, disabledAt: null, policy: null, ...more };
  const credentials = Array.from({ length: held }, (_, index) =>
    newCredential(handle, { createdAt: at + index }),
  );
  const audit = [entry(handle, 'account-imported')];
  return { user, usernameKey: user.username, credentials, audit };
}

/** Signs up under this name. Resolves to `signed up` or to the error code. */
function signUp(store: Store, usernameKey: string): Promise<string> {
  const { user, credentials, audit } = newAccount({}, 1);
  const session = { tokenHash: id(32), id: id(), userId: user.id, createdAt: at };
  const lifetime = { authenticatedAt: at, expiresAt: at + 1000, userVerified: true };
  const device = { credentialId: null, userAgent: null, country: null };
  return store
    .completeSignUp({
      ...{ user, usernameKey, credential: credentials[0] as Credential, audit, replaces: null },
      nonce: { value: randomBytes(16), expiresAt: at },
      attestation: {
        fmt: 'none',
        attestationObject: randomBytes(1),
        clientDataJSON: randomBytes(1),
      },
      session: { ...session, ...lifetime, ...device, method: 'passkey', succeeds: null },
    })
    .then(
      () => 'signed up',
      (error: { code: string }) => error.code,
    );
}

/** Turns Buffers into Uint8Arrays, because tests compare them by type too. */
const plain = (credentials: readonly Credential[]) =>
  credentials.map((each) => ({ ...each, publicKey: toBase64Url(each.publicKey) }));

export function describeTransfer(dialect: string, open: () => Promise<Store>): void {
  describe(`accounts in and out of the ${dialect} store`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const audited = async ({ user }: ImportedAccount) =>
      (await store.listAudit(user.id, { limit: 10 })).entries.map(({ kind }) => kind);
    async function expectStored({ user, credentials }: ImportedAccount): Promise<void> {
      expect(await store.findUser(user.id)).toEqual(user);
      expect(plain(await store.listCredentials(user.id))).toEqual(plain(credentials));
    }

    it('are stored as they were given, disabled ones too, with a trace of it', async () => {
      const accounts = [
        newAccount({}, 3),
        newAccount({ disabledAt: at, policy: 'strict' }),
        newAccount({}, 0),
      ];
      expect(await store.importAccounts(accounts)).toEqual(['created', 'created', 'created']);
      for (const each of accounts) {
        await expectStored(each);
        expect((await store.listAudit(each.user.id, { limit: 10 })).entries).toEqual(each.audit);
      }
      expect(await store.importAccounts([])).toEqual([]);
    });

    it.each<RegisteredHandle>([
      { kind: 'account' },
      { kind: 'own', handle: id(1) },
      { kind: 'unknown' },
    ])('keep for each credential the handle it was registered under: %o', async (userHandle) => {
      const { user, usernameKey, audit } = newAccount();
      const credentials = [newCredential(user.id, { userHandle })];
      await store.importAccounts([{ user, usernameKey, credentials, audit }]);
      const found = await store.findCredential(credentials[0]?.id ?? '');
      expect(found?.credential.userHandle).toEqual(userHandle);
      await expectStored({ user, usernameKey, credentials, audit });
    });

    it('change nothing when they are imported again', async () => {
      const accounts = [newAccount({}, 2), newAccount()];
      await store.importAccounts(accounts);
      expect(await store.importAccounts(accounts)).toEqual(['unchanged', 'unchanged']);
      for (const each of accounts) expect(await audited(each)).toEqual(['account-imported']);
    });

    it('that are there keep what they have, and get the credentials that they lack', async () => {
      const there = newAccount();
      await store.importAccounts([there]);
      const { id: userId } = there.user;
      const renamed = { username: 'renamed', usernameKey: 'renamed' };
      const user = await store.updateAccount({ userId, name: renamed, audit: [] });
      const more = newCredential(userId, { createdAt: at + 1 });
      const held = there.credentials.map((each) => ({ ...each, name: 'Other', signCount: 0 }));
      const again = { ...there, credentials: [...held, more] };
      expect(await store.importAccounts([again])).toEqual(['extended']);
      await expectStored({ ...there, user, credentials: [...there.credentials, more] });
      expect(await audited(there)).toEqual(['account-imported', 'account-imported']);
    });

    const linkOf = (userId: string, more: Partial<AppleLink> = {}): AppleLink => ({
      ...{ team: 'A1B2C3D4E5', sub: id(20), userId, state: 'revoked', stateChangedAt: at + 3 },
      ...{ givenName: 'Ann', familyName: null, createdAt: at + 1, lastUsedAt: at + 2 },
      transferSub: null,
      ...more,
    });

    it('bring their links with Apple along, without anything to ask Apple with', async () => {
      const account = newAccount({}, 0);
      const apple = ['A1B2C3D4E5', 'Z1B2C3D4E5'].map((team) => linkOf(account.user.id, { team }));
      const other = newAccount();
      expect(await store.importAccounts([{ ...account, apple }, other])).toEqual([
        ...['created', 'created'],
      ]);
      const exported = await store.exportAccounts('', 10);
      const links = new Map(exported.map(({ user, apple: carried }) => [user.id, carried]));
      expect(links.get(account.user.id)).toEqual(apple);
      expect(links.get(other.user.id)).toEqual([]);
      const found = await store.findAppleLinks(account.user.id);
      expect(found.map(({ addresses, tokens }) => [addresses, tokens])).toEqual([
        ...[[[], 0] as unknown, [[], 0]],
      ]);
      expect(await store.takeAppleChecks(at * 2, at * 2)).toEqual([]);
      // What Apple told before the link was used last is overtaken.
      const notified = await store.applyAppleNotification({
        ...{ jti: id(), expiresAt: at * 2, teams: ['A1B2C3D4E5'], sub: apple[0]?.sub ?? '' },
        ...{ event: { type: 'account-deleted' }, at: at + 3, eventAt: at + 1, audit: () => [] },
      });
      expect(notified).toBe('overtaken');
    });

    it('are refused if somebody else is linked with the person, and bring none to who is there', async () => {
      const first = newAccount();
      const link = linkOf(first.user.id);
      const second = newAccount();
      const taken = { ...second, apple: [{ ...link, userId: second.user.id }] };
      const outcomes = ['created', 'apple_taken'];
      const both = [{ ...first, apple: [link] }, taken];
      expect(await store.importAccounts(both, { dryRun: true })).toEqual(outcomes);
      expect(await store.importAccounts(both)).toEqual(outcomes);
      expect(await store.importAccounts([taken])).toEqual(['apple_taken']);
      expect(await store.findUser(second.user.id)).toBeNull();
      // Its owner may have ended it since the file was made.
      const third = newAccount();
      await store.importAccounts([third]);
      const late = { ...third, apple: [linkOf(third.user.id)] };
      expect(await store.importAccounts([late])).toEqual(['unchanged']);
      expect(await store.findAppleLinks(third.user.id)).toEqual([]);
    });

    it('that refuse one of their own refuse no other', async () => {
      const there = newAccount();
      await store.importAccounts([there]);
      const theirs = there.credentials[0] as Credential;
      const sameName = { ...newAccount(), usernameKey: there.usernameKey };
      const other = newAccount({}, 2);
      const stolen = { ...theirs, userId: other.user.id };
      const sameCredential = { ...other, credentials: [...other.credentials, stolen] };
      const good = newAccount();
      const outcomes = await store.importAccounts([sameName, sameCredential, good]);
      expect(outcomes).toEqual(['username_taken', 'credential_exists', 'created']);
      for (const { user, credentials } of [sameName, other]) {
        expect(await store.findUser(user.id)).toBeNull();
        for (const each of credentials) expect(await store.findCredential(each.id)).toBeNull();
      }
      await expectStored(there);
      await expectStored(good);
    });

    it('that contradict each other in one batch are judged in their order', async () => {
      const first = newAccount();
      const more = newCredential(first.user.id, { createdAt: at + 1 });
      const sameHandle = { ...newAccount({ id: first.user.id }), credentials: [more] };
      const sameName = { ...newAccount(), usernameKey: first.usernameKey };
      const thief = newAccount();
      const credentials = [{ ...more, userId: thief.user.id }];
      const outcomes = await store.importAccounts([
        first,
        sameHandle,
        sameName,
        { ...thief, credentials },
        first,
      ]);
      const refused = ['username_taken', 'credential_exists'];
      expect(outcomes).toEqual(['created', 'extended', ...refused, 'unchanged']);
      await expectStored({ ...first, credentials: [...first.credentials, more] });
    });

    /** The same account as another file has it: under the handle `id`. */
    const under = (account: ImportedAccount, id: string): ImportedAccount => ({
      ...account,
      user: { ...account.user, id },
      credentials: account.credentials.map((each) => ({ ...each, userId: id })),
      audit: [entry(id, 'account-imported')],
    });

    it('that stand under a wrong handle are made anew under the right one, while nobody uses them', async () => {
      const mistaken = newAccount({}, 3);
      const other = newAccount();
      await store.importAccounts([mistaken, other]);
      const right = under(mistaken, id(32));
      expect(await store.importAccounts([right], { dryRun: true })).toEqual(['corrected']);
      await expectStored(mistaken);
      expect(await store.importAccounts([right])).toEqual(['corrected']);
      await expectStored(right);
      await expectStored(other);
      expect(await store.findUser(mistaken.user.id)).toBeNull();
      expect(await audited(mistaken)).toEqual([]);
      expect(await audited(right)).toEqual(['account-imported']);
      expect(await store.importAccounts([right])).toEqual(['unchanged']);
    });

    it('are made anew too where a file has a line for each passkey', async () => {
      const mistaken = newAccount({}, 2);
      await store.importAccounts([mistaken]);
      const right = under(mistaken, id(32));
      const lines = right.credentials.map((each) => ({ ...right, credentials: [each] }));
      expect(await store.importAccounts(lines.slice(0, 1))).toEqual(['username_taken']);
      expect(await store.importAccounts(lines)).toEqual(['corrected', 'extended']);
      await expectStored(right);
    });

    it.each<[string, (account: ImportedAccount) => Promise<unknown>]>([
      [
        'has been signed in to',
        ({ credentials: [own] }) => store.completeSignIn(signIn(own as Credential)),
      ],
      [
        'an operator has disabled',
        ({ user }) => store.disableUser(user.id, at, [entry(user.id, 'account-disabled')]),
      ],
    ])('that %s is not made anew', async (_what, happens) => {
      const used = newAccount();
      await store.importAccounts([used]);
      await happens(used);
      expect(await store.importAccounts([under(used, id(32))])).toEqual(['username_taken']);
      expect(await store.findUser(used.user.id)).not.toBeNull();
    });

    it('that signed up here, or hold more than the line has, are not made anew', async () => {
      const [mine, more] = [await signedUp(store, {}, { audit: () => [] }), newAccount({}, 2)];
      await store.importAccounts([more]);
      const user = { ...mine.user, disabledAt: null, policy: null };
      const here = {
        user,
        usernameKey: mine.usernameKey,
        credentials: [mine.credential],
        audit: [],
      };
      const less = { ...more, credentials: more.credentials.slice(1) };
      for (const account of [here, less, { ...more, credentials: [] }]) {
        expect(await store.importAccounts([under(account, id(32))])).toEqual(['username_taken']);
        expect(await store.findUser(account.user.id)).not.toBeNull();
      }
      await expectStored(more);
    });

    it('of one name that only one of two handles gets, whoever corrects it first', async () => {
      const mistaken = newAccount({}, 2);
      await store.importAccounts([mistaken]);
      const rights = Array.from({ length: 20 }, () => under(mistaken, id(32)));
      const outcomes = await Promise.all(rights.map((each) => store.importAccounts([each])));
      const last = await store.findUserByName(mistaken.usernameKey);
      const named = rights.find(({ user }) => user.id === last?.id);
      expect(outcomes.flat()).toContain('corrected');
      expect(named).toBeDefined();
      await expectStored(named as ImportedAccount);
      for (const { user } of [mistaken, ...rights]) {
        if (user.id !== last?.id) expect(await store.findUser(user.id)).toBeNull();
      }
    });

    it('do not get back what their owner deleted, nor what was revoked', async () => {
      const account = newAccount({}, 3);
      await store.importAccounts([account]);
      const { id: userId } = account.user;
      const [gone, revoked, left] = account.credentials as [Credential, Credential, Credential];
      const audit = [entry(userId, 'passkey-deleted', gone.id)];
      const deletion = {
        userId,
        id: gone.id,
        keepOneOf: { passkeys: [left.id], apple: [] },
        keepSession: '',
        audit,
      };
      await store.deleteCredential(deletion);
      await store.setCredentialState({ userId, id: revoked.id, state: 'revoked', audit: [] });
      expect(await store.importAccounts([account])).toEqual(['unchanged']);
      const expected = [{ ...revoked, state: 'revoked' as const }, left];
      expect(plain(await store.listCredentials(userId))).toEqual(plain(expected));
      const more = newCredential(userId, { createdAt: at + 9 });
      const extended = { ...account, credentials: [gone, more] };
      expect(await store.importAccounts([extended])).toEqual(['extended']);
      expect(plain(await store.listCredentials(userId))).toEqual(plain([...expected, more]));
    });

    it('are only judged in a dry run', async () => {
      const there = newAccount();
      await store.importAccounts([there]);
      const fresh = newAccount();
      const sameName = { ...newAccount(), usernameKey: there.usernameKey };
      const outcomes = ['created', 'unchanged', 'username_taken'];
      const accounts = [fresh, there, sameName];
      expect(await store.importAccounts(accounts, { dryRun: true })).toEqual(outcomes);
      expect(await store.findUser(fresh.user.id)).toBeNull();
      expect(await store.importAccounts(accounts)).toEqual(outcomes);
    });

    it('are stored once by imports that run at once', async () => {
      const accounts = Array.from({ length: 60 }, () => newAccount({}, 2));
      const batches = [
        accounts,
        [...accounts].reverse(),
        accounts.slice(20),
        accounts.slice(0, 40),
      ];
      const outcomes = await Promise.all(batches.map((each) => store.importAccounts(each)));
      expect(outcomes.flat().filter((each) => each === 'created')).toHaveLength(60);
      expect(outcomes.flat().filter((each) => each === 'unchanged')).toHaveLength(140);
      for (const each of accounts) await expectStored(each);
    });

    it('share names with none of those who sign up meanwhile', async () => {
      const accounts = Array.from({ length: 40 }, () => newAccount());
      const [outcomes, ...signUps] = await Promise.all([
        store.importAccounts(accounts),
        ...accounts.map(({ usernameKey }) => signUp(store, usernameKey)),
      ]);
      for (const [index, { user, usernameKey }] of accounts.entries()) {
        const owner = await store.findUserByName(usernameKey);
        const imported = outcomes[index] === 'created';
        expect(owner?.id === user.id).toBe(imported);
        expect(signUps[index]).toBe(imported ? 'username_taken' : 'signed up');
      }
    });

    it('come out in pages, each once, with their credentials oldest first', async () => {
      const accounts = [3, 0, 1, 2, 1].map((held) => newAccount({}, held));
      await store.importAccounts(accounts);
      for (const limit of [1, 2, 5, 100]) {
        const found: Awaited<ReturnType<Store['exportAccounts']>> = [];
        for (let after = ''; ; after = found.at(-1)?.user.id ?? '') {
          const page = await store.exportAccounts(after, limit);
          expect(page.length).toBeLessThanOrEqual(limit);
          if (page.length === 0) break;
          found.push(...page);
        }
        expect(found).toHaveLength(accounts.length);
        for (const { user, credentials } of accounts) {
          const out = found.find((each) => each.user.id === user.id);
          expect(out?.user).toEqual(user);
          expect(plain(out?.credentials ?? [])).toEqual(plain(credentials));
        }
      }
    });

    it('are sampled by their credentials, which follow any text in one order of their IDs', async () => {
      const accounts = [1, 3, 2, 1].map((held) => newAccount({}, held));
      await store.importAccounts(accounts);
      const ids = new Map(
        accounts.flatMap(({ credentials }) => credentials.map((each) => [each.id, each.userId])),
      );
      const all = await store.sampleCredentials('', 100);
      expect(all).toHaveLength(7);
      expect(new Map(all.map((each) => [each.id, each.userId]))).toEqual(ids);
      for (const [index, { id: from }] of all.entries()) {
        const limit = 1 + (index % 3);
        expect(await store.sampleCredentials(from, limit)).toEqual(all.slice(index, index + limit));
      }
      expect(await store.sampleCredentials(`${all[2]?.id}0`, 2)).toEqual(all.slice(3, 5));
    });

    it('are counted by RP ID and state', async () => {
      expect(await store.countCredentials()).toEqual([]);
      const account = newAccount({}, 2);
      const { id: userId } = account.user;
      const others = [
        newCredential(userId, { rpId: 'old.example' }),
        newCredential(userId, { state: 'superseded' }),
      ];
      await store.importAccounts([
        { ...account, credentials: [...account.credentials, ...others] },
        newAccount(),
      ]);
      expect(await store.countCredentials()).toEqual([
        { rpId: 'example.org', state: 'active', credentials: 3, accounts: 2 },
        { rpId: 'example.org', state: 'superseded', credentials: 1, accounts: 1 },
        { rpId: 'old.example', state: 'active', credentials: 1, accounts: 1 },
      ]);
    });
  });
}
