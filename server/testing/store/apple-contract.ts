/** What every store must do with links to persons at Apple. */
import { beforeEach, describe, expect, it } from 'vitest';
import { RpError } from '../../errors.ts';
import { type AppleArrival, type AppleEvent, keptTokens } from '../../records/apple.ts';
import type { Credential } from '../../records/credential.ts';
import type { Nonce } from '../../records/nonce.ts';
import type { Coming } from '../../store/apple.ts';
import type { Store } from '../../store/store.ts';
import { at, id, newNonce, newSession, newUser } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

const team = 'TEAM000001';
const proof = { method: 'apple', credentialId: null, userVerified: false } as const;
const day = 86_400_000;

export function describeApple(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  const arrival = (sub: string, more: Partial<AppleArrival> = {}): AppleArrival => ({
    ...{ teams: [team], sub, transferSub: null, at, toldAt: at, checkDueAt: at + day },
    address: { email: `${sub}@relay.example`, isVerified: true, isPrivate: true },
    name: { givenName: 'Ada', familyName: null },
    token: { id: id(), clientId: 'com.example.web', sealed: `sealed ${id()}` },
    ...more,
  });

  async function arrive(
    given: AppleArrival,
    more: {
      nonce?: Nonce;
      invitation?: { tokenHash: string; now: number };
      admit?: (user: object, held: readonly Credential[]) => void;
    } = {},
  ) {
    let coming: Coming | undefined;
    const user = newUser();
    const { nonce = newNonce(), admit = () => {}, invitation } = more;
    const session = newSession('', proof);
    const found = await store.completeAppleSignIn({
      ...{ nonce, admit, arrival: given, replaces: null, ...(invitation && { invitation }) },
      newcomer: { user, usernameKey: user.username },
      open: (how) => {
        coming = how;
        return { session: { ...session, userId: how.user.id }, audit: [] };
      },
    });
    return { user: found, session: { ...session, userId: found.id }, coming };
  }
  const link = (userId: string, sessionId: string, given: AppleArrival) =>
    store.linkApple({ nonce: newNonce(), userId, sessionId, arrival: given, audit: [] });
  const unlink = (userId: string, passkeys: string[], keepSession = '') =>
    store.unlinkApple({
      ...{ userId, keepSession, at, audit: [] },
      keepOneOf: { passkeys, apple: [] },
    });
  const notify = (sub: string, event: AppleEvent, more: { jti?: string; eventAt?: number } = {}) =>
    store.applyAppleNotification({
      ...{ jti: more.jti ?? id(), expiresAt: at + day, teams: [team], sub, event, at },
      eventAt: more.eventAt ?? at + 1,
      audit: () => [],
    });
  const revocations = async () =>
    (await store.takeMessages('apple', at, 0)).map(({ message }) => JSON.parse(message));
  const isOpen = async ({ tokenHash }: { tokenHash: string }) =>
    (await store.findSession(tokenHash, at)) !== null;

  describe('a sign-in with Apple', () => {
    it('opens an account once, and then always the same one', async () => {
      const first = await arrive(arrival('ada'));
      expect(first.coming).toMatchObject({ created: true, returned: false, transferred: false });
      const second = await arrive(arrival('ada', { name: null, at: at + 1 }));
      expect(second.user).toEqual(first.user);
      expect(second.coming).toMatchObject({ created: false, addressChanged: false });
      expect(await isOpen(second.session)).toBe(true);
      const [found] = await store.findAppleLinks(first.user.id);
      expect(found?.link).toMatchObject({ sub: 'ada', givenName: 'Ada', lastUsedAt: at + 1 });
      expect(found?.tokens).toBe(2);
    });

    it('spends its nonce: of 20 with one, one counts', async () => {
      const nonce = newNonce();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => arrive(arrival('ada'), { nonce })),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('makes one account of one person who comes 20 times at once', async () => {
      const came = await Promise.all(Array.from({ length: 20 }, () => arrive(arrival('ada'))));
      expect(new Set(came.map(({ user }) => user.id)).size).toBe(1);
      expect(came.filter(({ coming }) => coming?.created)).toHaveLength(1);
      expect((await store.listUsers({ limit: 50 })).users).toHaveLength(1);
    });

    it('uses up one invitation, if one person comes with many at once', async () => {
      const tokens = Array.from({ length: 10 }, () => id(32));
      for (const tokenHash of tokens) {
        const invitation = { id: id(), username: null, expiresAt: at + day, operator: 'root' };
        await store.offerInvitation(
          { ...invitation, tokenHash },
          {
            ...{ id: id(), at, operator: 'root', kind: 'account-invited' },
            evidence: { invitation: invitation.id, isNamed: false, expiresAt: at + day },
          },
        );
      }
      const come = (tokenHash: string) =>
        arrive(arrival('ada'), { invitation: { tokenHash, now: at } });
      const came = await Promise.all(tokens.map(come));
      expect(new Set(came.map(({ user }) => user.id)).size).toBe(1);
      const { invitations } = await store.listInvitations({ now: at, limit: 20 });
      expect(invitations).toHaveLength(9);
    });

    it('goes by the person alone: an address that moves on to another takes nothing along', async () => {
      const address = { email: 'shared@example.org', isVerified: true, isPrivate: false };
      const ada = await arrive(arrival('ada', { address }));
      const eve = await arrive(arrival('eve', { address }));
      expect(eve.user.id).not.toBe(ada.user.id);
    });

    it('keeps each address that the person had, with its dates', async () => {
      const address = (email: string) => ({ email, isVerified: true, isPrivate: false });
      await arrive(arrival('ada', { address: address('a@example.org') }));
      await arrive(arrival('ada', { address: null, at: at + 1 }));
      const { user, coming } = await arrive(
        arrival('ada', { address: address('b@example.org'), at: at + 2 }),
      );
      expect(coming?.addressChanged).toBe(true);
      const [found] = await store.findAppleLinks(user.id);
      expect(found?.addresses).toMatchObject([
        { email: 'b@example.org', firstSeenAt: at + 2, lastSeenAt: at + 2 },
        { email: 'a@example.org', firstSeenAt: at, lastSeenAt: at },
      ]);
    });

    it('keeps the first name that was told', async () => {
      await arrive(arrival('ada', { name: null }));
      await arrive(arrival('ada'));
      const { user } = await arrive(
        arrival('ada', { name: { givenName: 'Eve', familyName: 'X' } }),
      );
      const [found] = await store.findAppleLinks(user.id);
      expect(found?.link).toMatchObject({ givenName: 'Ada', familyName: 'X' });
    });

    it('opens no disabled account, and none that is not to be opened so', async () => {
      const { user } = await arrive(arrival('ada'));
      await store.disableUser(user.id, at, []);
      await expect(arrive(arrival('ada'))).rejects.toEqual(code('account_disabled'));
      await store.disableUser(user.id, null, []);
      const nonce = newNonce();
      const admit = () => {
        throw new RpError('apple_not_allowed');
      };
      await expect(arrive(arrival('ada'), { nonce, admit })).rejects.toEqual(
        code('apple_not_allowed'),
      );
      await expect(arrive(arrival('new'), { nonce, admit })).rejects.toEqual(
        code('apple_not_allowed'),
      );
      // Nothing is left of what was refused, not even the nonce.
      await arrive(arrival('ada'), { nonce });
      expect((await store.listUsers({ limit: 50 })).users).toHaveLength(1);
    });

    it('is judged by the passkeys that the account has', async () => {
      const { user, session } = await signedUp(store, {});
      await link(user.id, session.id, arrival('ada'));
      const seen: number[] = [];
      await arrive(arrival('ada'), { admit: (_user, held) => seen.push(held.length) });
      await arrive(arrival('new'), { admit: (_user, held) => seen.push(held.length) });
      expect(seen).toEqual([1, 0]);
    });

    it('keeps the latest refresh tokens, and no heap of them', async () => {
      for (let n = 0; n < keptTokens + 3; n++) await arrive(arrival('ada', { at: at + n }));
      const { user } = await arrive(arrival('ada', { token: null, at: at + 99 }));
      expect((await store.findAppleLinks(user.id))[0]?.tokens).toBe(keptTokens);
    });
  });

  describe('a link', () => {
    it('is made by the owner, and then lets them in', async () => {
      const { user, session } = await signedUp(store);
      await link(user.id, session.id, arrival('ada'));
      const came = await arrive(arrival('ada'));
      expect(came.user.id).toBe(user.id);
    });

    it('is nobody else’s', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      await link(mine.user.id, mine.session.id, arrival('ada'));
      const stolen = link(theirs.user.id, theirs.session.id, arrival('ada'));
      await expect(stolen).rejects.toEqual(code('apple_taken'));
      const second = link(mine.user.id, mine.session.id, arrival('eve'));
      await expect(second).rejects.toEqual(code('apple_linked'));
      await link(mine.user.id, mine.session.id, arrival('ada'));
      await expect(link('gone', mine.session.id, arrival('new'))).rejects.toEqual(
        code('unauthenticated'),
      );
      await expect(link(mine.user.id, 'gone', arrival('ada'))).rejects.toEqual(
        code('unauthenticated'),
      );
    });

    it('of one person with 20 accounts at once is that of one of them', async () => {
      const accounts = await Promise.all(Array.from({ length: 20 }, () => signedUp(store)));
      const outcomes = await Promise.allSettled(
        accounts.map(({ user, session }) => link(user.id, session.id, arrival('ada'))),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const refused = outcomes.filter((each) => each.status === 'rejected');
      for (const { reason } of refused) expect(reason).toEqual(code('apple_taken'));
    });

    it('of 20 persons with one account at once is that of one of them', async () => {
      const { user, session } = await signedUp(store);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => link(user.id, session.id, arrival(`p${n}`))),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.findAppleLinks(user.id)).toHaveLength(1);
    });

    it('ends with its sessions, and its refresh tokens are queued to be revoked', async () => {
      const { user, session, credential } = await signedUp(store);
      await link(user.id, session.id, arrival('ada'));
      const came = await arrive(arrival('ada'));
      expect(await unlink(user.id, [credential.id])).toEqual({ links: 1, tokens: 2 });
      expect([await isOpen(session), await isOpen(came.session)]).toEqual([true, false]);
      expect(await revocations()).toMatchObject([
        { clientId: 'com.example.web', sealed: expect.stringContaining('sealed') },
        { clientId: 'com.example.web' },
      ]);
      await expect(unlink(user.id, [credential.id])).rejects.toEqual(code('not_found'));
    });

    it('stays if nothing else lets its owner in', async () => {
      const { user } = await arrive(arrival('ada'));
      await expect(unlink(user.id, [])).rejects.toEqual(code('last_credential'));
      expect(await store.findAppleLinks(user.id)).toHaveLength(1);
      expect(await revocations()).toEqual([]);
    });

    it('counts as a way in when the last passkey is deleted, while it is active', async () => {
      const { user, session, credential } = await signedUp(store);
      const deletion = (apple: string[]) =>
        store.deleteCredential({
          ...{ userId: user.id, id: credential.id, keepOneOf: { passkeys: [], apple } },
          ...{ keepSession: session.id, audit: [] },
        });
      await expect(deletion([team])).rejects.toEqual(code('last_credential'));
      await link(user.id, session.id, arrival('ada'));
      await expect(deletion([])).rejects.toEqual(code('last_credential'));
      await expect(deletion(['OTHER'])).rejects.toEqual(code('last_credential'));
      await notify('ada', { type: 'consent-revoked' });
      await expect(deletion([team])).rejects.toEqual(code('last_credential'));
      await arrive(arrival('ada', { toldAt: at + 2 }));
      await deletion([team]);
      expect(await store.listCredentials(user.id)).toEqual([]);
    });

    it('or the last passkey stays, whichever of the two is given up first', async () => {
      const { user, session, credential } = await signedUp(store);
      await link(user.id, session.id, arrival('ada'));
      const outcomes = await Promise.allSettled([
        unlink(user.id, [credential.id], session.id),
        store.deleteCredential({
          ...{ userId: user.id, id: credential.id, keepOneOf: { passkeys: [], apple: [team] } },
          ...{ keepSession: session.id, audit: [] },
        }),
      ]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const ways = await Promise.all([
        store.findAppleLinks(user.id),
        store.listCredentials(user.id),
      ]);
      expect(ways.flat()).toHaveLength(1);
    });
  });

  describe('the end of an account', () => {
    it('takes its link along, and queues its refresh tokens to be revoked', async () => {
      const { user } = await arrive(arrival('ada'));
      await arrive(arrival('ada', { at: at + 1 }));
      expect(await store.deleteAccount(user.id, at)).toEqual({ links: 1, tokens: 2 });
      expect(await store.findAppleLinks(user.id)).toEqual([]);
      expect(await revocations()).toHaveLength(2);
      expect(await store.deleteAccount(user.id, at)).toEqual({ links: 0, tokens: 0 });
    });

    it('while its person signs in leaves no token that is neither kept nor queued', async () => {
      const { user } = await arrive(arrival('ada'));
      const coming = Array.from({ length: 10 }, () => arrive(arrival('ada')));
      const [end] = await Promise.all([store.deleteAccount(user.id, at), ...coming]);
      const left = (await Promise.all(coming)).map((each) => each.user.id);
      const kept = await Promise.all([...new Set(left)].map((each) => store.findAppleLinks(each)));
      const held = kept.flat().reduce((sum, { tokens }) => sum + tokens, 0);
      // Of the account that went, at most so many were kept; the account that came after holds the others.
      expect(await revocations()).toHaveLength(end.tokens);
      expect(end.tokens + held).toBeGreaterThanOrEqual(Math.min(11, keptTokens));
      expect(kept.flat()).toHaveLength(new Set(left).size - (left.includes(user.id) ? 1 : 0));
    });
  });

  describe('a notification', () => {
    it('is applied once, however often it comes', async () => {
      await arrive(arrival('ada'));
      const event = { type: 'email-disabled', email: 'ada@relay.example' } as const;
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => notify('ada', event, { jti: 'one' })),
      );
      expect(outcomes.filter((each) => each === 'applied')).toHaveLength(1);
      expect(outcomes.filter((each) => each === 'repeated')).toHaveLength(19);
      await store.purge(at + day - 1, 0);
      expect(await notify('ada', event, { jti: 'one' })).toBe('repeated');
      await store.purge(at + day, 0);
      expect(await notify('ada', event, { jti: 'one' })).toBe('applied');
    });

    it('of nobody we know is kept', async () => {
      expect(await notify('nobody', { type: 'consent-revoked' })).toBe('unknown');
    });

    it('of a withdrawn consent ends what Apple opened, and nothing else', async () => {
      const { user, session } = await signedUp(store);
      await link(user.id, session.id, arrival('ada'));
      const came = await arrive(arrival('ada'));
      expect(await notify('ada', { type: 'consent-revoked' })).toBe('applied');
      expect([await isOpen(session), await isOpen(came.session)]).toEqual([true, false]);
      const [found] = await store.findAppleLinks(user.id);
      expect(found).toMatchObject({ link: { state: 'revoked', stateChangedAt: at }, tokens: 0 });
      expect(await store.takeAppleChecks(at + 2 * day, at + 3 * day)).toEqual([]);
      expect(await revocations()).toEqual([]);
    });

    it('lets who gives the consent again come back to the same account', async () => {
      const { user } = await arrive(arrival('ada'));
      await notify('ada', { type: 'consent-revoked' });
      const back = await arrive(arrival('ada', { toldAt: at + 2 }));
      expect(back.user.id).toBe(user.id);
      expect(back.coming?.returned).toBe(true);
      expect((await store.findAppleLinks(user.id))[0]?.link.state).toBe('active');
    });

    it('that is older than the last sign-in changes nothing', async () => {
      const { user, session } = await arrive(arrival('ada', { toldAt: at + 5 }));
      for (const type of ['consent-revoked', 'account-deleted'] as const) {
        expect(await notify('ada', { type }, { eventAt: at + 4 })).toBe('overtaken');
      }
      expect(await isOpen(session)).toBe(true);
      expect(await store.findAppleLinks(user.id)).toHaveLength(1);
    });

    it('during a sign-in ends that session, or comes before it', async () => {
      const { user } = await arrive(arrival('ada'));
      const coming = Array.from({ length: 10 }, () => arrive(arrival('ada', { toldAt: at })));
      await notify('ada', { type: 'consent-revoked' });
      await Promise.all(coming);
      await notify('ada', { type: 'consent-revoked' }, { eventAt: at + 2 });
      expect(await store.listSessions(user.id, at)).toEqual([]);
    });

    it('of a deleted Apple Account ends the link and leaves the account to its owner', async () => {
      const { user, session } = await arrive(arrival('ada'));
      expect(await notify('ada', { type: 'account-deleted' })).toBe('applied');
      expect(await store.findAppleLinks(user.id)).toEqual([]);
      expect(await isOpen(session)).toBe(false);
      expect(await store.findUser(user.id)).toEqual(user);
    });

    it('tells whether mail arrives, in the order in which it happened', async () => {
      const { user } = await arrive(arrival('ada'));
      const forwarding = async () =>
        (await store.findAppleLinks(user.id))[0]?.addresses[0]?.disabledAt;
      const email = 'ada@relay.example';
      expect(await notify('ada', { type: 'email-disabled', email }, { eventAt: 20 })).toBe(
        'applied',
      );
      expect(await forwarding()).toBe(20);
      expect(await notify('ada', { type: 'email-enabled', email }, { eventAt: 19 })).toBe(
        'overtaken',
      );
      expect(await forwarding()).toBe(20);
      await notify('ada', { type: 'email-enabled', email: null }, { eventAt: 21 });
      expect(await forwarding()).toBeNull();
      const other = { type: 'email-disabled', email: 'other@example.org' } as const;
      expect(await notify('ada', other, { eventAt: 22 })).toBe('overtaken');
    });
  });

  describe('a check of the validity', () => {
    const settle = (userId: string, sub: string, more: object) =>
      store.noteAppleCheck({
        ...{ team, sub, userId, takenAt: at + 1, dueAt: at + 2 * day, gone: [], resealed: [] },
        ...{ isValid: true, audit: [], ...more },
      });

    it('is taken by one node when it is due', async () => {
      const { user } = await arrive(arrival('ada'));
      await arrive(arrival('eve', { token: null }));
      expect(await store.takeAppleChecks(at + day - 1, at + 2 * day)).toEqual([]);
      const taken = await Promise.all(
        Array.from({ length: 20 }, () => store.takeAppleChecks(at + day, at + 2 * day)),
      );
      expect(taken.flat()).toMatchObject([
        { team, sub: 'ada', userId: user.id, tokens: [{ clientId: 'com.example.web' }] },
      ]);
    });

    it('takes every due link once, if 20 take at once', async () => {
      await Promise.all(Array.from({ length: 60 }, (_, n) => arrive(arrival(`p${n}`))));
      const taken = await Promise.all(
        Array.from({ length: 20 }, () => store.takeAppleChecks(at + day, at + 2 * day)),
      );
      const subs = taken.flat().map(({ sub }) => sub);
      expect(new Set(subs).size).toBe(subs.length);
    });

    it('seals tokens again, and forgets those that are gone', async () => {
      const { user } = await arrive(arrival('ada'));
      await arrive(arrival('ada', { at: at + 1 }));
      const [due] = await store.takeAppleChecks(at + day, at + 2 * day);
      const [latest, older] = due?.tokens ?? [];
      if (latest === undefined || older === undefined) throw new Error('two tokens were expected');
      const resealed = [{ ...latest, sealed: 'anew' }];
      await settle(user.id, 'ada', { gone: [older.id], resealed });
      const [again] = await store.takeAppleChecks(at + 3 * day, at + 4 * day);
      expect(again?.tokens).toEqual(resealed);
    });

    it('that finds no valid token ends what Apple opened; the link stays', async () => {
      const { user, session } = await arrive(arrival('ada'));
      const [due] = await store.takeAppleChecks(at + day, at + 2 * day);
      const gone = (due?.tokens ?? []).map((each) => each.id);
      await settle(user.id, 'ada', { gone, isValid: false });
      expect(await isOpen(session)).toBe(false);
      const [found] = await store.findAppleLinks(user.id);
      expect(found).toMatchObject({ link: { state: 'active' }, tokens: 0 });
      expect(await store.takeAppleChecks(at + 9 * day, at + 10 * day)).toEqual([]);
    });

    it('ends no session of a sign-in that came after it was taken', async () => {
      const { user } = await arrive(arrival('ada'));
      const later = await arrive(arrival('ada', { at: at + 7 }));
      await settle(user.id, 'ada', { isValid: false });
      expect(await isOpen(later.session)).toBe(true);
    });

    it('brings nothing back of an account that was deleted meanwhile', async () => {
      const { user } = await arrive(arrival('ada'));
      const [due] = await store.takeAppleChecks(at + day, at + 2 * day);
      await Promise.all([
        store.deleteAccount(user.id, at),
        settle(user.id, 'ada', { resealed: due?.tokens ?? [] }),
      ]);
      await settle(user.id, 'ada', { resealed: due?.tokens ?? [] });
      expect(await store.findAppleLinks(user.id)).toEqual([]);
      expect(await revocations()).toHaveLength(1);
    });
  });

  describe('a transfer to another team', () => {
    const next = 'TEAM000002';
    const teams = [next, team];

    it('leads to the account by either name', async () => {
      const { user } = await arrive(arrival('old'));
      await store.keepTransferSub({ team, sub: 'old', transferSub: 'handed', at });
      const address = { email: 'new@relay.example', isVerified: true, isPrivate: true };
      const from = { team, sub: 'old' };
      const receive = () =>
        store.receiveApplePerson({ from, to: { team: next, sub: 'new' }, address, at: at + 1 });
      expect([await receive(), await receive()]).toEqual([true, false]);
      for (const sub of ['old', 'new']) {
        expect((await arrive(arrival(sub, { teams }))).user.id).toBe(user.id);
      }
      expect(await store.countAppleLinks()).toEqual([
        { team, links: 1, exported: 1, received: 1, firstExportAt: at },
        { team: next, links: 1, exported: 0, received: 0, firstExportAt: null },
      ]);
      // Without the team of before among those that are accepted, its name is a stranger's.
      expect((await arrive(arrival('old', { teams: [next] }))).user.id).not.toBe(user.id);
    });

    it('is finished by whoever signs in before the import comes to them', async () => {
      const { user } = await arrive(arrival('old'));
      await store.keepTransferSub({ team, sub: 'old', transferSub: 'handed', at });
      const came = await Promise.all(
        Array.from({ length: 20 }, () =>
          arrive(arrival('new', { teams: [next], transferSub: 'handed' })),
        ),
      );
      expect(new Set(came.map((each) => each.user.id))).toEqual(new Set([user.id]));
      expect(came.some(({ coming }) => coming?.transferred)).toBe(true);
      expect(await store.findAppleLinks(user.id)).toHaveLength(2);
      expect((await arrive(arrival('new', { teams: [next] }))).user.id).toBe(user.id);
    });

    it('goes through the links of a team page by page', async () => {
      for (const sub of ['a', 'b', 'c']) await arrive(arrival(sub));
      const page = async (after: string) =>
        (await store.listAppleLinks(team, after, 2)).map(({ sub }) => sub);
      expect([await page(''), await page('b'), await page('c')]).toEqual([['a', 'b'], ['c'], []]);
      expect(await store.listAppleLinks(next, '', 2)).toEqual([]);
    });

    it('ends, with the account, for both teams', async () => {
      const { user } = await arrive(arrival('old'));
      await arrive(arrival('old'));
      await store.receiveApplePerson({
        ...{ from: { team, sub: 'old' }, to: { team: next, sub: 'new' } },
        ...{ address: null, at },
      });
      await arrive(arrival('new', { teams }));
      expect(await store.deleteAccount(user.id, at)).toEqual({ links: 2, tokens: 3 });
    });
  });
}
