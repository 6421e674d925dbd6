/** What every store must do with what the OpenID provider keeps. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { OidcChanges, OidcLogin, OidcRecord } from '../../records/oidc.ts';
import type { Store } from '../../store/store.ts';
import { at, entry, id, newNonce, newSession, use } from '../records.ts';
import { signedUp } from '../stored-accounts.ts';

const nothing: OidcChanges = {
  consume: null,
  ...{ save: [], remove: [], prolong: [], logins: [], signOut: null, audit: [] },
};

function newRecord(more: Partial<OidcRecord> = {}): OidcRecord {
  return {
    ...{ key: id(32), model: 'AuthorizationCode', payload: '{"a":"\\u0000"}' },
    ...{ expiresAt: at + 60_000, consumedAt: null, userId: null, lineage: null },
    ...{ outlivesSession: false, credentialId: null },
    ...more,
  };
}

const dayMs = 86_400_000;

const twenty = <Result>(each: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: 20 }, (_, index) => each(index)));

export function describeOidc(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  const save = (...records: OidcRecord[]) => store.commitOidc({ ...nothing, save: records });
  const find = (key: string, now = at) => store.findOidcRecord(key, now);

  describe('a record of the OpenID provider', () => {
    it('is kept as it came, takes the place of the one before it, and is removed', async () => {
      const { user } = await signedUp(store);
      const record = newRecord({ userId: user.id, credentialId: 'c', outlivesSession: true });
      expect(await save(record)).toBe(true);
      expect(await find(record.key)).toEqual(record);
      const next = { ...record, payload: '{}', expiresAt: at + 1, userId: null };
      await save(next);
      expect(await find(record.key)).toEqual(next);
      await store.commitOidc({ ...nothing, remove: [record.key] });
      expect(await find(record.key)).toBeNull();
    });

    it('is prolonged and never shortened', async () => {
      const record = newRecord();
      await save(record);
      const prolong = (until: number) =>
        store.commitOidc({ ...nothing, prolong: [{ key: record.key, until }] });
      await prolong(at + 90_000);
      await prolong(at + 30_000);
      expect((await find(record.key))?.expiresAt).toBe(at + 90_000);
    });

    it('is purged once it has expired, and goes with its account', async () => {
      const { user } = await signedUp(store);
      const [theirs, another] = [newRecord({ userId: user.id }), newRecord()];
      await save(theirs, another);
      await store.deleteAccount(user.id, at);
      expect(await find(theirs.key)).toBeNull();
      expect(await store.purge(another.expiresAt, 0)).toBe(0);
      expect(await store.purge(another.expiresAt + 1, 0)).toBe(1);
      expect(await find(another.key)).toBeNull();
    });
  });

  describe('what can be used only once', () => {
    const consume = (key: string, when = at, graceMs = 0) => ({ key, at: when, graceMs });

    it('is used by one of twenty at once; the others change nothing', async () => {
      const code = newRecord();
      await save(code);
      const tokens = Array.from({ length: 20 }, () => newRecord());
      const outcomes = await twenty((index) => {
        const token = tokens[index] as OidcRecord;
        return store.commitOidc({ ...nothing, consume: consume(code.key), save: [token] });
      });
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      const kept = await Promise.all(tokens.map(({ key }) => find(key)));
      expect(kept.map((token) => token !== null)).toEqual(outcomes);
      expect((await find(code.key))?.consumedAt).toBe(at);
    });

    it('may be used again within its grace, and not after', async () => {
      const { key } = newRecord();
      await save(newRecord({ key }));
      const again = (when: number) =>
        store.commitOidc({ ...nothing, consume: consume(key, when, 10_000) });
      expect(await again(at)).toBe(true);
      expect(await again(at + 10_000)).toBe(true);
      expect((await find(key))?.consumedAt).toBe(at);
      expect(await again(at + 10_001)).toBe(false);
      // Clocks differ, but none that was set back makes the grace longer.
      expect(await again(at - 10_000)).toBe(true);
      expect(await again(at - 10_001)).toBe(false);
    });

    it('can not be used if it is not there', async () => {
      expect(await store.commitOidc({ ...nothing, consume: consume('gone') })).toBe(false);
    });
  });

  describe('insertOnce', () => {
    it('takes one of twenty equal records at once', async () => {
      const { key } = newRecord();
      const outcomes = await twenty(() => store.insertOnce(newRecord({ key }), at));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
    });

    it('takes one of twenty in the place of a record that has expired', async () => {
      const { key } = newRecord();
      expect(await store.insertOnce(newRecord({ key }), at)).toBe(true);
      expect(await store.insertOnce(newRecord({ key }), at + 59_999)).toBe(false);
      const later = { key, expiresAt: at + 120_000 };
      const outcomes = await twenty(() => store.insertOnce(newRecord(later), at + 60_000));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
    });
  });

  /** An account whose first session was stepped up, and a grant of each kind from that sign-in. */
  async function withGrants() {
    const first = await signedUp(store);
    const { user, credential } = first;
    const lineage = first.session.id;
    const session = newSession(user.id, { credentialId: credential.id, succeeds: lineage });
    const of = { model: 'Grant', userId: user.id, lineage, credentialId: credential.id };
    const [bound, offline] = [newRecord(of), newRecord({ ...of, outlivesSession: true })];
    const consent = newRecord({ model: 'Consent', userId: user.id });
    const login: OidcLogin = { userId: user.id, lineage, clientId: 'app', expiresAt: at + 500 };
    await store.commitOidc({ ...nothing, save: [bound, offline, consent], logins: [login, login] });
    await store.completeSignIn({
      ...{ nonce: newNonce(), use: use(credential), session, replaces: first.session },
      ...{ clears: [], audit: [] },
    });
    const left = async (now = at) => {
      const found = await Promise.all([bound, offline, consent].map(({ key }) => find(key, now)));
      return found.map((record) => record !== null);
    };
    const ended = () => store.takeEndedLogins(at);
    return { user, credential, session, lineage, login, left, ended };
  }

  describe('a sign-in that apps go by', () => {
    it('goes on after a step-up, until its session expires', async () => {
      const { user, session, lineage, left, ended } = await withGrants();
      expect(await left()).toEqual([true, true, true]);
      expect(await store.findLineage(user.id, lineage, at)).toEqual(
        await store.findSession(session.tokenHash, at),
      );
      expect(await ended()).toEqual([]);
      expect(await left(session.expiresAt)).toEqual([false, true, true]);
      expect(await store.findLineage(user.id, lineage, session.expiresAt)).toBeNull();
    });

    it('ends with its session: offline access only if the apps are to end too', async () => {
      const [mine, theirs] = [await withGrants(), await withGrants()];
      const end = { userId: mine.user.id, id: mine.session.id, audit: [] };
      await store.endSession({ ...end, appsToo: false });
      expect(await mine.left()).toEqual([false, true, true]);
      expect(await mine.ended()).toEqual([{ ...mine.login, attempts: 1 }]);
      const other = { userId: theirs.user.id, id: theirs.session.id, audit: [] };
      await store.endSession({ ...other, appsToo: true });
      expect(await theirs.left()).toEqual([false, false, true]);
    });

    it('ends when the app signs its person out', async () => {
      const { user, session, lineage, left, ended } = await withGrants();
      const audit = [entry(user.id, 'signed-out')];
      await store.commitOidc({ ...nothing, signOut: { userId: user.id, lineage }, audit });
      expect(await store.findSession(session.tokenHash, at)).toBeNull();
      expect((await store.listAudit(user.id, { limit: 1 })).entries).toEqual(audit);
      expect(await left()).toEqual([false, true, true]);
      expect(await ended()).toHaveLength(1);
    });

    it('ends when another account signs in with this browser', async () => {
      const [mine, theirs] = [await withGrants(), await signedUp(store)];
      const { user, credential } = theirs;
      await store.completeSignIn({
        ...{ nonce: newNonce(), use: use(credential), session: newSession(user.id) },
        ...{ replaces: mine.session, clears: [], audit: [] },
      });
      expect(await mine.left()).toEqual([false, true, true]);
      expect(await mine.ended()).toHaveLength(1);
    });

    type Granted = Awaited<ReturnType<typeof withGrants>>;
    it.each<[string, (granted: Granted) => Promise<unknown>]>([
      ['every session is ended', ({ user }) => store.endSessions(user.id, [])],
      ['the account is disabled', ({ user }) => store.disableUser(user.id, at, [])],
      [
        'its passkey is revoked',
        ({ user, credential: { id } }) =>
          store.setCredentialState({ userId: user.id, id, state: 'revoked', audit: [] }),
      ],
    ])('ends for good, offline access too, when %s', async (_what, act) => {
      const granted = await withGrants();
      await act(granted);
      expect(await granted.left()).toEqual([false, false, true]);
      expect(await granted.ended()).toHaveLength(1);
    });

    it('ends when its account is deleted, and apps hear of it all the same', async () => {
      const { user, left, ended } = await withGrants();
      await store.deleteAccount(user.id, at);
      expect(await left()).toEqual([false, false, false]);
      expect(await ended()).toHaveLength(1);
    });

    it('goes on when its passkey is deleted by a session that stays', async () => {
      const { user, credential, session, left, ended } = await withGrants();
      const second = { ...credential, id: id(20) };
      const account = { user, usernameKey: user.username, audit: [], credentials: [second] };
      expect(await store.importAccounts([account])).toEqual(['extended']);
      await store.deleteCredential({
        ...{ userId: user.id, id: credential.id, keepSession: session.id, audit: [] },
        keepOneOf: { passkeys: [second.id], apple: [] },
      });
      expect(await left()).toEqual([true, true, true]);
      expect(await ended()).toEqual([]);
    });
  });

  describe('a request that is answered too late', () => {
    const grantOf = ({ user, lineage }: Granted) =>
      newRecord({ model: 'Grant', userId: user.id, lineage, outlivesSession: true });
    type Granted = Awaited<ReturnType<typeof withGrants>>;

    it('grants nothing from a sign-in that has ended, and uses nothing up', async () => {
      const granted = await withGrants();
      const [grant, pushed] = [grantOf(granted), newRecord()];
      await save(pushed);
      await store.endSessions(granted.user.id, []);
      const consume = { key: pushed.key, at, graceMs: 0 };
      expect(await store.commitOidc({ ...nothing, consume, save: [grant] })).toBe(false);
      expect(await find(grant.key)).toBeNull();
      expect((await find(pushed.key))?.consumedAt).toBeNull();
    });

    it('leaves nothing behind that outlives the end of all sessions, however close they come', async () => {
      const granted = await withGrants();
      const grants = Array.from({ length: 20 }, () => grantOf(granted));
      await Promise.all([
        ...grants.slice(0, 10).map((grant) => save(grant)),
        store.endSessions(granted.user.id, []),
        ...grants.slice(10).map((grant) => save(grant)),
      ]);
      expect(await Promise.all(grants.map(({ key }) => find(key)))).toEqual(grants.map(() => null));
    });

    it('keeps nothing of an account that is gone', async () => {
      const { user } = await withGrants();
      await store.deleteAccount(user.id, at);
      const [theirs, another] = [newRecord({ userId: user.id }), newRecord()];
      expect(await save(another, theirs)).toBe(false);
      expect(await find(another.key)).toBeNull();
    });
  });

  describe('a login that ended', () => {
    it('is taken by one at a time, again later, until it is forgotten or expires', async () => {
      const { user, login } = await withGrants();
      await store.endSessions(user.id, []);
      const taken = await twenty(() => store.takeEndedLogins(at));
      expect(taken.flat()).toEqual([{ ...login, attempts: 1 }]);
      expect(await store.takeEndedLogins(at + 29_999)).toEqual([]);
      expect(await store.takeEndedLogins(at + 30_000)).toEqual([{ ...login, attempts: 2 }]);
      expect(await store.takeEndedLogins(at + 89_999)).toEqual([]);
      await store.forgetLogin(login);
      expect(await store.takeEndedLogins(at + dayMs)).toEqual([]);
    });

    it('comes again ever later, but within the hour', async () => {
      const { user } = await withGrants();
      await store.endSessions(user.id, []);
      const waits: number[] = [];
      for (let last = at, now = at; waits.length < 10; now += 10_000) {
        if ((await store.takeEndedLogins(now)).length === 0) continue;
        waits.push((now - last) / 1000);
        last = now;
      }
      expect(waits).toEqual([0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    });

    it('is told of after a step-up that made the sign-in last longer', async () => {
      const { user, login } = await withGrants();
      const old = { ...login, clientId: 'old', expiresAt: at - 3 * dayMs };
      await store.commitOidc({ ...nothing, logins: [old] });
      await store.purge(at, 0);
      await store.endSessions(user.id, []);
      expect(await store.takeEndedLogins(at)).toHaveLength(2);
    });

    it('is kept for an app that is away when it would have expired, and purged later', async () => {
      const { user, login } = await withGrants();
      await store.endSessions(user.id, []);
      await store.purge(login.expiresAt + dayMs, 0);
      expect(await store.takeEndedLogins(at)).toHaveLength(1);
      await store.purge(login.expiresAt + 3 * dayMs, 0);
      expect(await store.takeEndedLogins(at + dayMs)).toEqual([]);
    });
  });
}
