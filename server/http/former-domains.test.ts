/** A site that has moved: passkeys of the domains it came from sign in until each is replaced. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { sha256 } from '../testing/authenticator-data.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { importPerson } from '../testing/imported.ts';

const [ours, old, older, gone] = ['localhost', 'old.example', 'older.example', 'gone.example'];
const served = [ours, old, older];
const app = await startTestApp({ env: { FORMER_RP_IDS: `${old}, ${older}` } });
afterAll(() => app.close());

type Held = Parameters<typeof importPerson>[1];
type Devices = [SoftwareAuthenticator, ...SoftwareAuthenticator[]];

async function person(...held: Held[]) {
  const imported = await importPerson(app, ...(held as object[]));
  return { ...imported, devices: imported.devices as Devices, browser: app.browser() };
}

const idsOf = ({ allowCredentials = [] }: { allowCredentials?: { id: string }[] }) =>
  allowCredentials.map(({ id }) => id);

describe('a passkey of a former domain', () => {
  it.each(served)('of %s signs in under its domain, by name and without one', async (rpId) => {
    const { username, devices, ids } = await person({ rpId });
    for (const [body, names] of [
      [{ rpId }, false],
      [{ username }, true],
      [{ username, rpId }, true],
      [{ rpId, mediation: 'conditional' }, false],
    ] as const) {
      const browser = app.browser();
      const options = await browser.requestOptions(body);
      expect([options.rpId, idsOf(options)]).toEqual([rpId, names ? ids : []]);
      const { status, body: answer } = await browser.verifyAuthentication(
        await devices[0].get(options),
      );
      expect(status).toBe(200);
      expect(answer).toMatchObject({ userVerified: true, credential: { id: ids[0], rpId } });
      const upgrade = { reason: 'former-domain', credentialId: ids[0] };
      expect(answer.upgrade).toEqual(rpId === ours ? null : upgrade);
    }
  });

  const combinations = served.flatMap((asked) =>
    served.flatMap((held) => served.map((signed) => ({ asked, held, signed }))),
  );
  it.each(combinations)(
    'asked for $asked, held for $held, signed for $signed',
    async ({ asked, held, signed }) => {
      const { devices, browser, ids } = await person({ rpId: held });
      const options = await browser.requestOptions({ rpId: asked });
      // A client that does what it likes: ours would not get so far.
      const bend = { rpIdHash: sha256(signed) };
      const response = await devices[0].get({ ...options, rpId: held }, bend);
      const before = await app.contents();
      const { status, body } = await browser.verifyAuthentication(response);
      if (asked === held && held === signed) {
        expect([status, body.credential.id]).toEqual([200, ids[0]]);
      } else {
        expect([status, body.code]).toEqual([400, 'verification_failed']);
        expect(await app.contents()).toEqual(before);
      }
    },
  );

  it.each([
    ...['evil.example', '', 'OLD.EXAMPLE', 'old.example.', 'sub.old.example', 'example', gone],
    ...['https://old.example', '%6fld.example', 'old.example\u0000', 'x'.repeat(254)],
    ...[7, null, ['old.example'], { rpId: 'old.example' }],
  ])('is asked for under no other name: %j', async (rpId) => {
    for (const body of [{ rpId }, { rpId, username: 'ann' }, { rpId, purpose: 'step-up' }]) {
      const { status, body: answer } = await app
        .browser()
        .post('/api/authentication/options', body);
      expect([status, answer.code]).toEqual([400, 'invalid_request']);
    }
  });

  it('is unknown under the domain that was asked for', async () => {
    const { devices, userId, browser, ids } = await person({ rpId: old });
    await app.deps.store.deleteAccount(userId, 0);
    const { status, body } = await browser.signIn(devices[0], { rpId: old });
    expect([status, body.rpId, body.credentialId]).toEqual([404, old, ids[0]]);
  });

  it('is never made', async () => {
    const { devices, browser } = await person({ rpId: old });
    await browser.signIn(devices[0], { rpId: old });
    const options = await browser.creationOptions({});
    expect(options.rp.id).toBe(ours);
    const bend = { rpIdHash: sha256(old as string) };
    const response = await app.device().create(options, bend);
    expect((await browser.verifyRegistration(response)).body.code).toBe('verification_failed');
  });

  it('signs in no more once its domain is served no longer', async () => {
    const { devices, username, browser, ids } = await person({ rpId: gone });
    const options = await browser.requestOptions({ username });
    expect(served).toContain(options.rpId);
    expect(idsOf(options)).not.toContain(ids[0]);
    expect(idsOf(options)).not.toEqual([]);
    for (const signed of [gone, ours] as string[]) {
      const usernameless = { ...(await browser.requestOptions()), rpId: gone as string };
      const response = await devices[0].get(usernameless, { rpIdHash: sha256(signed) });
      const { body } = await browser.verifyAuthentication(response);
      expect(body.code).toBe('verification_failed');
    }
  });
});

describe('options by name choose', () => {
  it.each<[string, Held[], string | undefined, number[] | 'decoys']>([
    ['the one domain that is', [{ rpId: old }], old, [0]],
    ['our domain before a former one', [{ rpId: old }, { rpId: ours as string }], ours, [1]],
    ['former ones in their order', [{ rpId: older }, { rpId: old }], old, [1]],
    ['all of one domain', [{ rpId: old }, { rpId: older }, { rpId: old }], old, [0, 2]],
    ['one that was superseded', [{ rpId: old, state: 'superseded' }], old, [0]],
    ['one under suspicion', [{ rpId: older, state: 'suspected-clone' }], older, [0]],
    ['none that is revoked', [{ state: 'revoked' }, { rpId: old }], old, [1]],
    ['none of a domain that is gone', [{ rpId: gone }, { rpId: old }], old, [1]],
    ['as for nobody where nothing is served', [{ rpId: gone }], undefined, 'decoys'],
  ])('%s', async (_what, held, rpId, named) => {
    const { username, ids, browser } = await person(...held);
    const options = await browser.requestOptions({ username });
    if (rpId === undefined) expect(served).toContain(options.rpId);
    else expect(options.rpId).toBe(rpId);
    if (named === 'decoys') expect(idsOf(options).some((id) => ids.includes(id))).toBe(false);
    else expect(idsOf(options)).toEqual(named.map((index) => ids[index]));
    // Asked for by name, each domain has its own.
    for (const [index, { rpId: domain = ours, state } = {}] of held.entries()) {
      if (domain === gone) continue;
      const asked = idsOf(await browser.requestOptions({ username, rpId: domain }));
      expect(asked.includes(ids[index] ?? '')).toBe(state !== 'revoked');
    }
  });
});

describe('nobody can tell during a move', () => {
  /** All that options by name say of an account, but for what is random. */
  async function seen(username: string) {
    const ask = async (body: object) => {
      const {
        rpId,
        allowCredentials = [],
        ...rest
      } = await app.browser().requestOptions({ username, ...body });
      return { rpId, ids: allowCredentials.map(({ id }) => id), rest, allowCredentials };
    };
    return [await ask({}), ...(await Promise.all(served.map((rpId) => ask({ rpId }))))] as const;
  }

  it.each<[string, Held[]]>([
    ['nobody', []],
    ['somebody of our domain', [{}]],
    ['somebody of the old domain', [{ rpId: old }]],
    ['somebody of the oldest domain', [{ rpId: older }]],
    ['somebody of two domains', [{}, { rpId: old }]],
    ['somebody whose passkeys are all revoked', [{ state: 'revoked' }]],
    ['somebody of a domain that is gone', [{ rpId: gone }]],
  ])('whether a name is that of %s', async (_who, held) => {
    const username = held.length === 0 ? 'nobody-at-all' : (await person(...held)).username;
    const [chosen, ...byDomain] = await seen(username);
    expect(byDomain.map(({ rpId }) => rpId)).toEqual(served);
    // One that names nobody says the same on every domain if decoys depend on the name alone.
    const ids = byDomain.flatMap((each) => each.ids);
    expect(new Set(ids).size).toBe(ids.length);
    for (const each of byDomain) {
      expect([1, 2]).toContain(each.ids.length);
      for (const { transports } of each.allowCredentials) {
        expect(transports).toEqual(['internal', 'hybrid']);
      }
      expect(Object.keys(each.rest)).toEqual(Object.keys(chosen.rest));
    }
    expect(chosen.ids).toEqual(byDomain.find(({ rpId }) => rpId === chosen.rpId)?.ids);
    const again = await seen(username.toUpperCase());
    expect(again.map((each) => each.ids)).toEqual([chosen, ...byDomain].map((each) => each.ids));
  });

  it('by the domain: names that are nobody’s stand where people do, and move as they do', async () => {
    const site = await startTestApp({ env: { FORMER_RP_IDS: old } });
    const { store } = site.deps;
    const names = Array.from({ length: 300 }, (_, index) => `nowhere-${index}`);
    const onOurs = async () => {
      const browser = site.browser();
      const options = await Promise.all(
        names.map((username) => browser.requestOptions({ username })),
      );
      return names.filter((_, index) => options[index]?.rpId === ours);
    };
    for (let index = 0; index < 15; index++) await importPerson(site, {});
    for (let index = 0; index < 45; index++) await importPerson(site, { rpId: old });
    const before = await onOurs();
    expect(before.length / names.length).toBeGreaterThan(0.1);
    expect(before.length / names.length).toBeLessThan(0.5);
    const staying = (await store.exportAccounts('', 100)).filter(
      ({ credentials }) => credentials[0]?.rpId === old,
    );
    for (const { user, credentials } of staying.slice(0, 30)) {
      const added = credentials.map((each) => ({ ...each, id: `${each.id}AA`, rpId: ours }));
      const account = { user, usernameKey: user.username, credentials: added, audit: [] };
      expect(await store.importAccounts([account])).toEqual(['extended']);
    }
    site.advance(600_000);
    const after = await onOurs();
    expect(after.length / names.length).toBeGreaterThan(0.5);
    expect(after.length / names.length).toBeLessThan(0.95);
    // A name moves with whom it shadows, and none goes back.
    expect(before.filter((name) => !after.includes(name))).toEqual([]);
    await site.close();
  });
});

describe('a step-up', () => {
  const stepUp = { purpose: 'step-up' };

  it.each<[string, Held[], number, string | undefined, number[]]>([
    ['a passkey of ours', [{}, { rpId: old }], 0, ours, [0]],
    ['one of a former domain', [{}, { rpId: old }, { rpId: old }], 1, old, [1, 2]],
    ['one of another former domain', [{ rpId: old }, { rpId: older }], 1, older, [1]],
  ])('of a session that %s opened asks for that domain', async (_what, held, used, rpId, named) => {
    const { devices, ids, browser } = await person(...held);
    const device = devices[used] as SoftwareAuthenticator;
    await browser.signIn(device, { rpId });
    const options = await browser.requestOptions(stepUp);
    expect(options.rpId).toBe(rpId);
    expect(idsOf(options)).toEqual(named.map((index) => ids[index]));
    expect((await browser.signIn(device, stepUp)).status).toBe(200);
    // Or for the one that is asked for.
    const [other = 0] = [0, 1].filter((index) => index !== used);
    const domain = held[other]?.rpId ?? ours;
    const chosen = await browser.requestOptions({ ...stepUp, rpId: domain });
    expect([chosen.rpId, idsOf(chosen)[0]]).toEqual([domain, ids[other]]);
  });

  it('of a session whose passkey is gone asks for what is left', async () => {
    const { devices, ids, browser } = await person({}, { rpId: old });
    await browser.signIn(devices[0]);
    expect((await browser.request('DELETE', `/api/credentials/${ids[0]}`)).status).toBe(200);
    const options = await browser.requestOptions(stepUp);
    expect([options.rpId, idsOf(options)]).toEqual([old, [ids[1]]]);
    const device = devices[1] as SoftwareAuthenticator;
    expect((await browser.signIn(device, stepUp)).status).toBe(200);
  });
});

describe('the upgrade of a passkey of a former domain', () => {
  async function moving() {
    const mover = await person({ rpId: old }, { rpId: older });
    const signedIn = await mover.browser.signIn(mover.devices[0], { rpId: old });
    return { ...mover, signedIn: signedIn.body, id: mover.ids[0] ?? '', other: mover.ids[1] };
  }
  const accepted = (browser: TestBrowser) =>
    browser.get('/api/credentials').then(({ body }) => body.signals);

  it('makes one of ours with the same handle, and the old one is superseded', async () => {
    const { browser, devices, id, other, userId, signedIn } = await moving();
    const on = (rpId: string | undefined, ...allAcceptedCredentialIds: unknown[]) => ({
      ...{ rpId, userId, allAcceptedCredentialIds },
    });
    expect(signedIn.signals.allAcceptedCredentials).toBeUndefined();
    expect(signedIn.signals.formerDomains).toEqual([on(old, id), on(older, other)]);
    expect(signedIn.signals.currentUserDetails.rpId).toBe(ours);

    const options = await browser.creationOptions({ upgrades: id });
    expect([options.rp.id, options.user.id]).toEqual([ours, userId]);
    expect(options.excludeCredentials?.map((each) => each.id)).toEqual([other]);
    const { status, body } = await browser.verifyRegistration(await devices[0].create(options));
    expect([status, body.superseded]).toEqual([201, id]);
    expect(body.credential).toMatchObject({ rpId: ours, state: 'active', upgrade: null });
    expect(body.signals.allAcceptedCredentials).toEqual(on(ours, body.credential.id));
    expect(body.signals.formerDomains).toEqual([on(old, id), on(older, other)]);

    // The device keeps both, as it replaces none of another domain; both sign in.
    expect(devices[0].credentials.map(({ rpId }) => rpId)).toEqual([old, ours]);
    const now = await app.browser().signIn(devices[0]);
    expect(now.body).toMatchObject({ upgrade: null, credential: { id: body.credential.id } });
    const before = await app.browser().signIn(devices[0], { rpId: old });
    expect(before.body.upgrade).toEqual({ reason: 'former-domain', credentialId: id });

    await browser.signIn(devices[0]);
    for (const each of [id, other]) await browser.request('DELETE', `/api/credentials/${each}`);
    const signals = await accepted(browser);
    expect(signals.formerDomains).toBeUndefined();
    expect(signals.allAcceptedCredentials).toEqual(on(ours, body.credential.id));
  });

  it('done or not, the end of the account empties the list of every domain', async () => {
    const { browser, userId } = await moving();
    const { body } = await browser.request('DELETE', '/api/account');
    const none = (rpId: string | undefined) => ({ rpId, userId, allAcceptedCredentialIds: [] });
    expect(body.signals).toEqual({
      ...{ allAcceptedCredentials: none(ours), formerDomains: [none(old), none(older)] },
    });
  });
});
