/** Upgrades, and what is left of the passkeys that they replace. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { CreateBend } from '../testing/bend.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { importPerson, legacy } from '../testing/imported.ts';

const former = 'old.example';
const day = 86_400_000;
const app = await startTestApp({ env: { FORMER_RP_IDS: former } });
let count = 0;
afterAll(() => app.close());

const stateOf = async (id: string) => (await app.deps.store.findCredential(id))?.credential.state;
const kindsOf = async (userId: string, limit = 10) =>
  (await app.deps.store.listAudit(userId, { limit })).entries.map(({ kind }) => kind);

/** What the device is today: what it makes now syncs. */
function update(device: SoftwareAuthenticator): SoftwareAuthenticator {
  Object.assign(device.settings, { backupEligible: true, backedUp: true });
  device.settings.transports = ['internal', 'hybrid'];
  return device;
}

/** The same key somewhere else: a device that was restored, or another provider. */
function copyOf(device: SoftwareAuthenticator): SoftwareAuthenticator {
  const copy = app.device(device.settings);
  copy.credentials.push(...device.credentials);
  return copy;
}

/** Somebody whose first passkey is a legacy one, and who has just signed in with it. */
async function legacyPerson(...others: Parameters<typeof importPerson>[1][]) {
  const person = await importPerson(app, legacy, ...others);
  const [device, browser] = [person.devices[0] as SoftwareAuthenticator, app.browser()];
  const elsewhere = copyOf(device);
  const { body } = await browser.signIn(device);
  return { ...person, device, elsewhere, browser, signedIn: body, id: person.ids[0] ?? '' };
}

describe('an upgrade', () => {
  it.each<[string, string | null, Parameters<typeof importPerson>[1] & { syncs?: boolean }]>([
    ['a legacy passkey', 'legacy-platform-credential', legacy],
    ['one of a former domain', 'former-domain', { rpId: former }],
    ['a legacy one of a former domain', 'former-domain', { ...legacy, rpId: former }],
    ['one of unknown flags', 'legacy-platform-credential', { ...legacy, backupKnown: false }],
    ['a superseded one', 'legacy-platform-credential', { ...legacy, state: 'superseded' }],
    ['one that syncs', null, {}],
    ['one that syncs, which nobody knew', null, { ...legacy, backupKnown: false, syncs: true }],
    ['a device-bound one', null, { ...legacy, id: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['a security key', null, { ...legacy, transports: ['usb'] }],
  ])('is offered after a sign-in with %s: %s', async (_what, reason, traits) => {
    const { syncs = false, ...given } = traits ?? {};
    const person = await importPerson(app, given);
    const [device = app.device(), browser] = [person.devices[0], app.browser()];
    if (syncs) update(device);
    const { status, body } = await browser.signIn(device, { username: person.username });
    expect(status).toBe(200);
    const [credentialId = ''] = person.ids;
    expect(body.upgrade).toEqual(reason === null ? null : { reason, credentialId });
    const [listed] = (await browser.get('/api/credentials')).body.credentials;
    expect(listed.upgrade).toEqual(reason === null ? null : { reason });
    const options = await browser.post('/api/registration/options', { upgrades: credentialId });
    expect(options.status).toBe(reason === null ? 400 : 200);
  });

  it('has the same user handle and excludes all passkeys but the one it replaces', async () => {
    const { browser, device, ids, id, userId } = await legacyPerson(
      ...[legacy, {}, { rpId: former }, { state: 'superseded' } as const],
      { transports: ['usb', 'x-later'] },
    );
    const ordinary = await browser.creationOptions({});
    const options = await browser.creationOptions({ upgrades: id });
    expect(options.user.id).toBe(userId);
    expect(options.user.id).toBe(device.credentials[0]?.userHandle);
    expect(options.authenticatorSelection).toMatchObject({
      ...{ residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    });
    expect(ordinary.excludeCredentials?.map((each) => each.id)).toEqual(ids);
    expect(options.excludeCredentials).toEqual(
      ordinary.excludeCredentials?.filter((each) => each.id !== id),
    );
    expect(options.excludeCredentials?.at(-1)?.transports).toEqual(['usb', 'x-later']);
  });

  it('leaves one passkey on the device and two in the account, the old one superseded', async () => {
    const { browser, device, id, userId, username } = await legacyPerson();
    const { status, body } = await browser.addPasskey(update(device), { upgrades: id });
    expect(status).toBe(201);
    const fresh = body.credential.id;
    expect(device.credentials.map((each) => each.id)).toEqual([fresh]);
    expect(body).toMatchObject({
      ...{ user: { id: userId, username }, superseded: id },
      credential: { kind: 'passkey', state: 'active', upgrade: null, current: false },
      signals: { allAcceptedCredentials: { userId, allAcceptedCredentialIds: [id, fresh] } },
    });
    const { credentials } = (await browser.get('/api/credentials')).body;
    expect(credentials).toMatchObject([
      { id, kind: 'legacy', state: 'superseded', current: true },
      { id: fresh, kind: 'passkey', state: 'active', current: false },
    ]);
    const [entry] = (await app.deps.store.listAudit(userId, { limit: 1 })).entries;
    expect(entry).toMatchObject({
      ...{ kind: 'passkey-upgraded', credentialId: fresh, evidence: { upgrades: id } },
    });
    const signedIn = await browser.signIn(device);
    expect(signedIn.body).toMatchObject({ userVerified: true, upgrade: null });
  });

  it('replaces a passkey that is presented again: it signs in, is active, and is offered another', async () => {
    const { browser, device, elsewhere, id, userId } = await legacyPerson();
    await browser.addPasskey(update(device), { upgrades: id });
    const other = app.browser();
    const { status, body } = await other.signIn(elsewhere);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ userVerified: true, credential: { id, state: 'active' } },
      upgrade: { reason: 'legacy-platform-credential', credentialId: id },
    });
    expect((await kindsOf(userId)).slice(0, 2)).toEqual(['signed-in', 'passkey-reactivated']);
    // Nothing better is on that device yet, so the session may upgrade it too.
    const again = await other.addPasskey(update(elsewhere), { upgrades: id });
    expect(again.body).toMatchObject({ superseded: id });
    for (const each of [device, elsewhere]) {
      expect((await app.browser().signIn(each)).status).toBe(200);
    }
  });

  it('that is begun twice leaves nobody outside', async () => {
    const { browser, device, elsewhere, id, userId } = await legacyPerson();
    const tabs = await Promise.all([1, 2].map(() => browser.creationOptions({ upgrades: id })));
    const responses = [
      await update(device).create(tabs[0] as never),
      await device.create(tabs[1] as never),
    ];
    const answers = await Promise.all(responses.map((each) => browser.verifyRegistration(each)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const held = await app.deps.store.listCredentials(userId);
    expect(held.map(({ state }) => state)).toEqual(['superseded', 'active', 'active']);
    for (const each of [device, elsewhere]) {
      expect((await app.browser().signIn(each)).status).toBe(200);
    }
  });

  it('is made without a person only where it was begun so', async () => {
    const absent = { flags: { up: false, uv: false } };
    const { browser, device, id } = await legacyPerson();
    const seen = await browser.addPasskey(copyOf(update(device)), { upgrades: id }, absent);
    expect(seen.body.code).toBe('verification_failed');
    expect(await stateOf(id)).toBe('active');
    const conditional = { upgrades: id, mediation: 'conditional' };
    const silent = await browser.addPasskey(device, conditional, absent);
    expect(silent.body).toMatchObject({ superseded: id });
    expect(await stateOf(id)).toBe('superseded');
  });

  it('makes nothing of a conditional sign-up: whoever has no account is there in person', async () => {
    for (const flags of [{ up: false }, { up: false, uv: false }]) {
      const browser = app.browser();
      const body = { username: `silent-${count++}`, mediation: 'conditional' };
      const refused = await browser.addPasskey(app.device(), body, { flags });
      expect(refused.body.code).toBe('verification_failed');
    }
  });

  it('leaves the new passkey the name that its owner had given to the old one', async () => {
    const { browser, device, id } = await legacyPerson();
    await browser.request('PATCH', `/api/credentials/${id}`, { name: 'Work phone' });
    const { body } = await browser.addPasskey(update(device), { upgrades: id });
    expect(body.credential.name).toBe('Work phone');
    const { activity } = (await browser.get('/api/activity')).body;
    expect(activity[0]).toMatchObject({ kind: 'passkey-upgraded', passkey: 'Work phone' });
  });

  it('names it after its provider, if nobody had named the old one', async () => {
    const { browser, device, id } = await legacyPerson({});
    const settings = update(device).settings;
    settings.aaguid = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd';
    const { body } = await browser.addPasskey(device, { upgrades: id });
    expect(body.credential.name).toBe('Apple Passwords');
  });
});

type Legacy = Awaited<ReturnType<typeof legacyPerson>>;

describe('an upgrade is refused', () => {
  it.each<[string, (person: Legacy) => Promise<unknown> | unknown, string]>([
    ['of a passkey that nobody has', () => 'AAAA', 'invalid_request'],
    ['of something else', () => 'not an id', 'invalid_request'],
    ['of a legacy passkey that did not open the session', ({ ids }) => ids[1], 'invalid_request'],
    ['of one that syncs', ({ ids }) => ids[2], 'invalid_request'],
    ['of someone else’s', async () => (await importPerson(app, legacy)).ids[0], 'invalid_request'],
    ['of one that is named in a list', ({ id }) => [id], 'invalid_request'],
    [
      'after a step-up with another passkey',
      async ({ browser, devices, id }) => {
        await browser.signIn(devices[2] as SoftwareAuthenticator, { purpose: 'step-up' });
        return id;
      },
      'invalid_request',
    ],
    [
      'of a passkey that is gone',
      async ({ browser, id }) => {
        await browser.request('DELETE', `/api/credentials/${id}`);
        return id;
      },
      'invalid_request',
    ],
    [
      'to who has signed out',
      async ({ browser, id }) => {
        await browser.request('DELETE', '/api/session');
        return id;
      },
      'unauthenticated',
    ],
    [
      'where it was revoked, which ended the session',
      async ({ userId, id }) => {
        await app.deps.store.setCredentialState({ userId, id, state: 'revoked', audit: [] });
        return id;
      },
      'unauthenticated',
    ],
  ])('%s', async (_what, chosen, code) => {
    const person = await legacyPerson(legacy, {});
    const upgrades = await chosen(person);
    const { body } = await person.browser.post('/api/registration/options', { upgrades });
    expect(body.code).toBe(code);
  });

  it('without a step-up, once the session has aged', async () => {
    const aging = await startTestApp();
    try {
      const { devices, ids } = await importPerson(aging, legacy);
      const [device = app.device(), browser] = [devices[0], aging.browser()];
      await browser.signIn(device);
      aging.advance(300_001);
      const upgrades = { upgrades: ids[0] };
      const refused = await browser.post('/api/registration/options', upgrades);
      expect(refused.body.code).toBe('step_up_required');
      await browser.signIn(device, { purpose: 'step-up' });
      expect((await browser.post('/api/registration/options', upgrades)).status).toBe(200);
    } finally {
      await aging.close();
    }
  });

  it.each<[string, CreateBend, string]>([
    ['nobody was verified', { flags: { uv: false } }, 'user_verification_required'],
    ['it was made for another site', { rpIdHash: new Uint8Array(32) }, 'verification_failed'],
    ['it takes the ID of the old one', { credentialId: new Uint8Array() }, 'credential_exists'],
  ])('where %s, and all stays as it was', async (_what, bend, code) => {
    const { browser, device, id } = await legacyPerson();
    const before = await app.contents();
    // Options alone change nothing either: whoever cancels has changed nothing.
    const options = await browser.creationOptions({ upgrades: id });
    expect(await app.contents()).toEqual(before);
    const same = bend.credentialId && { credentialId: Buffer.from(id, 'base64url') };
    const response = await update(copyOf(device)).create(options, { ...bend, ...same });
    expect((await browser.verifyRegistration(response)).body.code).toBe(code);
    expect(await app.contents()).toEqual(before);
    expect((await app.browser().signIn(device)).body.upgrade.credentialId).toBe(id);
  });

  it('in another browser, and in the session of another account', async () => {
    const { browser, device, id } = await legacyPerson();
    const response = await update(device).create(await browser.creationOptions({ upgrades: id }));
    const stranger = app.browser();
    await stranger.signUp(`stranger-${count++}`, app.device());
    expect((await stranger.verifyRegistration(response)).body.code).toBe('challenge_invalid');
    await browser.signUp(`stranger-${count++}`, app.device());
    expect((await browser.verifyRegistration(response)).body.code).toBe('challenge_invalid');
    expect(await stateOf(id)).toBe('active');
  });
});

describe('"not now"', () => {
  const postpone = (browser: TestBrowser, id: string) =>
    browser.post(`/api/credentials/${id}/postpone-upgrade`);

  it('is remembered for fourteen days, and hides nothing from who looks', async () => {
    const patient = await startTestApp();
    try {
      const { devices, ids, userId } = await importPerson(patient, legacy);
      const [device = app.device(), [id = '']] = [devices[0], ids];
      const offered = async () => (await patient.browser().signIn(device)).body.upgrade;
      const browser = patient.browser();
      await browser.signIn(device);
      const answer = await postpone(browser, id);
      expect([answer.status, answer.body]).toEqual([204, '']);
      const [entry] = (await patient.deps.store.listAudit(userId, { limit: 1 })).entries;
      expect(entry).toMatchObject({ kind: 'upgrade-postponed', credentialId: id });
      expect(await offered()).toBeNull();
      const [listed] = (await browser.get('/api/credentials')).body.credentials;
      expect(listed.upgrade).toEqual({ reason: 'legacy-platform-credential' });
      expect((await browser.post('/api/registration/options', { upgrades: id })).status).toBe(200);
      patient.advance(14 * day - 60_000);
      expect(await offered()).toBeNull();
      patient.advance(60_000);
      expect(await offered()).toMatchObject({ credentialId: id });
    } finally {
      await patient.close();
    }
  });

  it('is said once: while it holds, saying it again leaves nothing behind', async () => {
    const { id, browser } = await legacyPerson();
    expect((await postpone(browser, id)).status).toBe(204);
    const before = await app.contents();
    const answers = await Promise.all(Array.from({ length: 20 }, () => postpone(browser, id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect(await app.contents()).toEqual(before);
  });

  it('is no answer to a passkey in whose place nothing better is offered', async () => {
    const browser = app.browser();
    const { body } = await browser.signUp(`modern-${count++}`, app.device());
    const before = await app.contents();
    const refused = await postpone(browser, body.credential.id);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
    expect(await app.contents()).toEqual(before);
  });

  it('is said by its owner alone', async () => {
    const [mine, theirs] = [await legacyPerson(), await legacyPerson()];
    const before = await app.contents();
    for (const id of [mine.id, 'AAAA', '%00', '%F0%9F%94%91', 'x'.repeat(2000)]) {
      const { status, body } = await postpone(theirs.browser, id);
      expect([400, 404]).toContain(status);
      expect(['not_found', 'invalid_request']).toContain(body.code);
    }
    expect((await postpone(theirs.browser, mine.id)).body.code).toBe('not_found');
    expect((await postpone(app.browser(), mine.id)).body.code).toBe('unauthenticated');
    expect(await app.contents()).toEqual(before);
  });
});
