/** What happened to an account, and what it is advised, as its owner reads them. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { importPerson } from '../testing/imported.ts';

const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1';

const app = await startTestApp({ env: { COUNTRY_HEADER: 'x-country' } });
afterAll(() => app.close());

const activityOf = async (browser: TestBrowser) =>
  (await browser.get('/api/activity')).body.activity;

describe('the activity', () => {
  it('tells each thing that happened, latest first, with the passkey by its name', async () => {
    const [browser, phone, key] = [app.browser(), app.device(), app.device()];
    const { body } = await browser.signUp(app.newName(), phone);
    const added = await browser.addPasskey(key);
    const [first, second] = [body.credential.id, added.body.credential.id];
    await browser.request('PATCH', `/api/credentials/${second}`, { name: 'Blue key' });
    await browser.request('PATCH', '/api/account', { displayName: 'Ann' });
    await browser.signIn(phone, { purpose: 'step-up' });
    await browser.request('DELETE', `/api/credentials/${second}`);
    await browser.request('PATCH', `/api/credentials/${first}`, { name: 'My phone' });
    await browser.request('DELETE', '/api/session');
    const response = await phone.get(await browser.requestOptions());
    const headers = { 'user-agent': iPhone, 'x-country': 'NZ' };
    await browser.request('POST', '/api/authentication/verify', response, headers);
    const activity = await activityOf(browser);
    const told = activity.map(({ kind, passkey }: { kind: string; passkey: string }) => [
      ...[kind, passkey],
    ]);
    expect(told).toEqual([
      ['signed-in', 'My phone'],
      ['signed-out', null],
      ['passkey-renamed', 'My phone'],
      // Whoever deleted it is told what it was called then.
      ['passkey-deleted', 'Blue key'],
      // Each under the name that it had when this happened.
      ['stepped-up', 'Passkey'],
      ['account-changed', null],
      ['passkey-renamed', 'Blue key'],
      ['passkey-added', 'Passkey'],
      ['account-created', 'Passkey'],
    ]);
    expect(activity[0]).toEqual({
      ...{ kind: 'signed-in', passkey: 'My phone', device: 'Safari on iPhone', country: 'NZ' },
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(activity[1].country).toBeNull();
  });

  it('is its owner’s alone, and fifty lines long at most', async () => {
    const [browser, stranger, phone] = [app.browser(), app.browser(), app.device()];
    const { body } = await browser.signUp(app.newName(), phone);
    await stranger.signUp(app.newName(), app.device());
    for (let times = 0; times < 55; times++) {
      await browser.request('PATCH', `/api/credentials/${body.credential.id}`, {
        name: `${times}`,
      });
    }
    const activity = await activityOf(browser);
    expect(activity).toHaveLength(50);
    expect(new Set(activity.map(({ kind }: { kind: string }) => kind))).toEqual(
      new Set(['passkey-renamed']),
    );
    expect(await activityOf(stranger)).toMatchObject([{ kind: 'account-created' }]);
    const signedOut = await app.browser().get('/api/activity');
    expect([signedOut.status, signedOut.body.code]).toEqual([401, 'unauthenticated']);
  });

  it('goes on page by page, and nothing that can be repeated hides a new passkey', async () => {
    const browser = app.browser();
    const { body } = await browser.signUp(app.newName(), app.device());
    await browser.addPasskey(app.device());
    const id = body.credential.id;
    for (let times = 0; times < 60; times++) {
      await browser.request('PATCH', '/api/account', { displayName: `${times}` });
      await browser.request('PATCH', `/api/credentials/${id}`, { name: `${times}` });
    }
    const kinds: string[] = [];
    for (let before = ''; ; ) {
      const page = await browser.get(`/api/activity${before && `?before=${before}`}`);
      kinds.push(...page.body.activity.map(({ kind }: { kind: string }) => kind));
      if (page.body.next === null) break;
      before = page.body.next;
    }
    expect(kinds).toHaveLength(122);
    expect(kinds.slice(-2)).toEqual(['passkey-added', 'account-created']);
    const matters = (await browser.get('/api/activity?only=security')).body;
    expect(matters.activity.map(({ kind }: { kind: string }) => kind)).toEqual(kinds.slice(-2));
    expect(matters.next).toBeNull();
  });

  it.each(['only=everything', 'before=', 'before=x', `before=${'9'.repeat(65)}`])(
    'has no page for ?%s',
    async (query) => {
      const browser = app.browser();
      await browser.signUp(app.newName(), app.device());
      const { status, body } = await browser.get(`/api/activity?${query}`);
      expect([status, body.code]).toEqual([400, 'invalid_request']);
    },
  );

  it('tells nobody a key, an address or a session', async () => {
    const browser = app.browser();
    const { body } = await browser.signUp(app.newName(), app.device());
    const [entry] = await activityOf(browser);
    expect(Object.keys(entry).sort()).toEqual(['at', 'country', 'device', 'kind', 'passkey']);
    const text = JSON.stringify(await activityOf(browser));
    for (const secret of [body.credential.id, body.user.id, app.origin]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('a suggestion', () => {
  const bound = { backupEligible: false, backedUp: false };

  it('is made once for a lost backup, and recorded', async () => {
    const { devices, userId } = await importPerson(app, {}, {});
    const [device = app.device()] = devices;
    const suggested = async () => (await app.browser().signIn(device)).body.suggestion;
    expect(await suggested()).toBeNull();
    device.settings.backedUp = false;
    expect(await suggested()).toBe('backup-lost');
    const kinds = (await app.deps.store.listAudit(userId, { limit: 2 })).entries.map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(['signed-in', 'backup-lost']);
    expect(await suggested()).toBeNull();
    device.settings.backedUp = true;
    expect(await suggested()).toBeNull();
  });

  it('is not made for a backup that nobody knew of', async () => {
    const unknown = { backedUp: true, backupKnown: false };
    const { devices, userId } = await importPerson(app, unknown);
    const [device = app.device()] = devices;
    device.settings.backedUp = false;
    expect((await app.browser().signIn(device)).body.suggestion).toBeNull();
    const kinds = (await app.deps.store.listAudit(userId, { limit: 5 })).entries.map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(['signed-in']);
  });

  it.each([
    ['local-passkey', 'by the phone beside this device', [{ attachment: 'cross-platform' }]],
    ['second-passkey', 'with the one passkey, which is bound to a device', [bound]],
    ['second-passkey', 'beside a revoked one', [bound, { state: 'revoked' as const }]],
    [null, 'with a device-bound one of two', [bound, bound]],
    [null, 'with the one passkey, which syncs', [{}]],
  ])('is %s after a sign-in %s', async (suggestion, _what, held) => {
    const { devices } = await importPerson(app, ...(held as object[]));
    const browser = app.browser();
    const { body } = await browser.signIn(devices[0] ?? app.device());
    expect(body.suggestion).toBe(suggestion);
    const listed = (await browser.get('/api/credentials')).body.suggestion;
    // The list knows nothing of how the person signed in.
    expect(listed).toBe(suggestion === 'local-passkey' ? null : suggestion);
  });
});
