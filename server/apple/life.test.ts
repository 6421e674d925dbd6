/** What goes on with a link while nobody asks: revocations, daily checks, a secret that is rotated. */
import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveKeys } from '../keys.ts';
import { type DeliveryLoop, startDelivery } from '../process/delivery.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { type AppleStandIn, startApple } from '../testing/apple/stand-in.ts';
import type { Person } from '../testing/apple/world.ts';
import { checkSome } from './checks.ts';
import { revocations } from './revocation.ts';

const day = 86_400_000;

let standIn: AppleStandIn;
let app: TestApp;
beforeEach(async () => {
  standIn = await startApple();
  app = await startTestApp({ env: standIn.env('http://localhost:3000') });
  standIn.now = app.deps.now;
});
afterEach(async () => {
  await app.close();
  await standIn.close();
});

async function signIn(person: Person) {
  const nonce = randomUUID();
  const hashed = createHash('sha256').update(nonce).digest('hex');
  const browser = app.browser();
  const given = { ...(await standIn.native(person, { nonce: hashed })), nonce };
  const { status, body } = await browser.post('/api/apple/native', given);
  expect(status).toBe(200);
  return { browser, user: body.user };
}
/** Everything that is queued is delivered, or has failed once, before this ends. */
async function deliver(deps = app.deps): Promise<string[]> {
  const channel = revocations(deps.apple, deps);
  const outcomes: string[] = [];
  for (const message of await deps.store.takeMessages('apple', deps.now(), 0)) {
    const outcome = await channel
      .deliver(message, new AbortController().signal)
      .catch(() => 'failed');
    if (outcome === 'delivered') await deps.store.deliveredMessage(message);
    outcomes.push(typeof outcome === 'string' ? outcome : Object.keys(outcome).join());
  }
  return outcomes;
}
const checked = (deps = app.deps) => {
  if (deps.apple === null) throw new Error('Sign in with Apple is off');
  return checkSome({ ...deps, apple: deps.apple });
};
const asked = (path: string) => standIn.seen.filter((call) => call.path === path).length;
const alive = () => [...standIn.world.refreshTokens.values()].filter((each) => !each.isRevoked);

describe('the end of an account', () => {
  it('revokes every refresh token at Apple, each as its own client', async () => {
    const person = standIn.addPerson('Ann');
    const { browser } = await signIn(person);
    await signIn(person);
    expect(alive()).toHaveLength(2);
    const { body } = await browser.request('DELETE', '/api/account');
    expect(body.apple).toEqual({ revocation: 'requested' });
    expect(await deliver()).toEqual(['delivered', 'delivered']);
    expect(alive()).toEqual([]);
    expect(standIn.world.refusals).toEqual([]);
    expect(await deliver()).toEqual([]);
  });

  it.each(['unavailable', 'hangs', 'resets', 'throttled', { error: 'invalid_client' }] as const)(
    'while Apple answers with %o is done all the same, and Apple is told later',
    async (fault) => {
      const { browser, user } = await signIn(standIn.addPerson('Ann'));
      standIn.faults.answers.set('/auth/revoke', fault);
      expect((await browser.request('DELETE', '/api/account')).status).toBe(200);
      expect(await app.deps.store.findUser(user.id)).toBeNull();
      expect(await deliver()).toEqual(['failed']);
      standIn.faults.answers.clear();
      expect(await deliver()).toEqual(['delivered']);
      expect(alive()).toEqual([]);
    },
    30_000,
  );

  it('while Sign in with Apple is off is kept for when it is on again', async () => {
    const { browser } = await signIn(standIn.addPerson('Ann'));
    await browser.request('DELETE', '/api/account');
    expect(await deliver({ ...app.deps, apple: null })).toEqual(['failed']);
    expect(alive()).toHaveLength(1);
    expect(await deliver()).toEqual(['delivered']);
    expect(alive()).toEqual([]);
  });

  it('is told by whichever loop runs, as soon as it is written', async () => {
    const { browser } = await signIn(standIn.addPerson('Ann'));
    await browser.request('DELETE', '/api/account');
    if (app.deps.apple === null) throw new Error('Sign in with Apple is off');
    const loop: DeliveryLoop = startDelivery(app.deps, [revocations(app.deps.apple, app.deps)]);
    await expect.poll(() => alive().length).toBe(0);
    await loop.close();
  });
});

describe('the daily check', () => {
  it('asks once a day, however many nodes ask how often', async () => {
    await signIn(standIn.addPerson('Ann'));
    const before = asked('/auth/token');
    standIn.faults.throttlesRefresh = true;
    expect(await checked()).toBe(0);
    for (let days = 1; days <= 3; days++) {
      app.advance(day * 1.3);
      await Promise.all(Array.from({ length: 20 }, () => checked()));
      expect(asked('/auth/token')).toBe(before + days);
    }
  });

  it('ends what Apple opened once the person stopped it, and not the account', async () => {
    const person = standIn.addPerson('Ann');
    const { user } = await signIn(person);
    app.advance(day * 1.3);
    const { browser } = await signIn(person);
    standIn.stopUsing(person);
    app.advance(day * 1.3);
    expect(await checked()).toBe(1);
    expect(await app.deps.store.listSessions(user.id, 0)).toEqual([]);
    const again = await signIn(person);
    expect(again.user.id).toBe(user.id);
    const { activity } = (await again.browser.get('/api/activity')).body;
    expect(activity.map(({ kind }: { kind: string }) => kind)).toContain('apple-tokens-expired');
    expect((await browser.get('/api/session')).status).toBe(401);
  });

  it.each(['unavailable', 'resets', { error: 'invalid_client' }] as const)(
    'that Apple answers with %o ends nothing, and comes again the day after',
    async (fault) => {
      const { user } = await signIn(standIn.addPerson('Ann'));
      standIn.faults.answers.set('/auth/token', fault);
      app.advance(day * 1.3);
      expect(await checked()).toBe(1);
      standIn.faults.answers.clear();
      expect(await app.deps.store.listSessions(user.id, 0)).toHaveLength(1);
      app.advance(day * 1.3);
      expect(await checked()).toBe(1);
      const [found] = await app.deps.store.findAppleLinks(user.id);
      expect(found?.tokens).toBe(1);
    },
  );
});

describe('after SECRET was rotated', () => {
  const kept = { decoy: new Uint8Array(32), recovery: new Uint8Array(32) };
  const old = 'a secret that is only for tests and long enough';
  const next = 'another secret that is only for tests, and long';
  const under = (...secrets: string[]) => ({ ...app.deps, keys: deriveKeys(secrets, kept) });

  it('tokens are sealed again by the daily check, and the old secret can go', async () => {
    const { user } = await signIn(standIn.addPerson('Ann'));
    app.advance(day * 1.3);
    expect(await checked(under(next, old))).toBe(1);
    await app.deps.store.deleteAccount(user.id, app.deps.now());
    expect(await deliver(under(next))).toEqual(['delivered']);
    expect(alive()).toEqual([]);
  });

  it('what waits to be revoked opens while the old secret is listed, and is given up without', async () => {
    const { user } = await signIn(standIn.addPerson('Ann'));
    await app.deps.store.deleteAccount(user.id, app.deps.now());
    expect(await deliver(under(next))).toEqual(['giveUp']);
    expect(await deliver(under(next, old))).toEqual(['delivered']);
    expect(alive()).toEqual([]);
  });

  it('a check without the old secret ends nothing', async () => {
    const { user } = await signIn(standIn.addPerson('Ann'));
    app.advance(day * 1.3);
    expect(await checked(under(next))).toBe(1);
    expect(await app.deps.store.listSessions(user.id, 0)).toHaveLength(1);
    expect((await app.deps.store.findAppleLinks(user.id))[0]?.tokens).toBe(1);
  });
});

it('no refresh token stands in the database as it is, nor in the log', async () => {
  const { user } = await signIn(standIn.addPerson('Ann'));
  await app.deps.store.deleteAccount(user.id, app.deps.now());
  await deliver();
  const everything = JSON.stringify(await app.contents()) + app.logLines.join('');
  for (const { value } of standIn.world.refreshTokens.values()) {
    expect(everything).not.toContain(value);
  }
});
