/** What apps may ask for beside a sign-in: a fresh one, a stronger one, a new account, consent. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type AppsApp,
  begin,
  finish,
  locationOf,
  newRequest,
  redeem,
  startAppsApp,
  target,
  tokensOf,
} from '../testing/apps.ts';
import { attestationCertificate, model, packedAttestation } from '../testing/attestation.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { authority } from '../testing/certificate.ts';
import { metadataBlob, metadataEntry, pem, serviceRoot } from '../testing/metadata.ts';

const makerRoot = authority('Maker root');
const maker = attestationCertificate(makerRoot);

let folder: string;
let app: AppsApp;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-assurance-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const env = {
    CREDENTIAL_POLICIES: file('policies.json', '{"attested":{"attestation":"direct"}}'),
    METADATA: `file:${file('blob.jwt', metadataBlob({ entries: [metadataEntry([makerRoot])] }))}`,
    METADATA_ROOT: file('service.pem', pem(serviceRoot)),
  };
  app = await startAppsApp([], { env });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  vi.useRealTimers();
});

const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });

async function person() {
  const [browser, device] = [app.browser(), app.device()];
  const { body } = await browser.signUp(app.newName(), device);
  return { browser, device, userId: String(body.user.id) };
}

/** One who has a security key beside it, whose maker vouches for it. */
async function withSecurityKey() {
  const one = await person();
  await app.deps.store.assignPolicy(one.userId, 'attested', []);
  const key = app.device({
    backupEligible: false,
    transports: ['usb'],
    attachment: 'cross-platform',
  });
  const added = await one.browser.addPasskey(
    key,
    {},
    { attestation: packedAttestation(maker), aaguid: model },
  );
  expect(added.status).toBe(201);
  return { ...one, key };
}

async function ask(
  browser: TestBrowser,
  parameters: Readonly<Record<string, string>>,
  id = 'com.example.app',
) {
  const config = await app.as(id);
  const { url, checks } = await newRequest(config, parameters);
  return { config, url, checks, location: locationOf(await browser.get(target(url))) };
}

const errorOf = (callback: string) => new URL(callback).searchParams.get('error');
const finishing = (browser: TestBrowser, uid: string) =>
  browser.post(`/api/interactions/${uid}/finish`);
const needsOf = async (browser: TestBrowser, uid: string) =>
  (await browser.get(`/api/interactions/${uid}`)).body.needs;

describe('a session that is there', () => {
  it('is good enough, and nobody is asked', async () => {
    const { browser, userId } = await person();
    for (const prompt of ['', 'none']) {
      const { config, checks, location } = await ask(browser, prompt === '' ? {} : { prompt });
      const tokens = await redeem(config, new URL(location), checks);
      expect(tokens.claims()?.sub).toBe(userId);
    }
  });

  it('of another account in the same browser is another one for apps too', async () => {
    const [one, two] = [await person(), await person()];
    await one.browser.signIn(two.device);
    const { config, checks, location } = await ask(one.browser, { prompt: 'none' });
    expect((await redeem(config, new URL(location), checks)).claims()?.sub).toBe(two.userId);
  });

  it('that was disabled is none', async () => {
    const { browser, userId } = await person();
    await app.deps.store.disableUser(userId, Date.now(), []);
    expect(errorOf((await ask(browser, { prompt: 'none' })).location)).toBe('login_required');
  });

  it.each(['login', 'create'])('does not do for prompt=%s', async (prompt) => {
    const { browser, device } = await person();
    later(5_000);
    const { config, url, checks } = await ask(browser, {});
    url.searchParams.set('prompt', prompt);
    const uid = await begin(browser, url);
    expect(await needsOf(browser, uid)).toBe('step-up');
    const early = await finishing(browser, uid);
    expect([early.status, early.body.code]).toEqual([403, 'step_up_required']);
    expect(early.body.stepUp).toBeDefined();
    await browser.signIn(device, { purpose: 'step-up' });
    const tokens = await redeem(config, new URL(await finish(browser, uid)), checks);
    expect(Number(tokens.claims()?.auth_time)).toBeGreaterThan(Date.now() / 1000 - 5);
  });

  it('is too old after max_age', async () => {
    const { browser, device } = await person();
    const young = await ask(browser, { max_age: '60' });
    expect(young.location).toContain('code=');
    later(61_000);
    expect(errorOf((await ask(browser, { max_age: '60', prompt: 'none' })).location)).toBe(
      'login_required',
    );
    const { config, url, checks } = await ask(browser, { max_age: '60' });
    const uid = await begin(browser, url);
    expect((await finishing(browser, uid)).body.code).toBe('step_up_required');
    await browser.signIn(device, { purpose: 'step-up' });
    await redeem(config, new URL(await finish(browser, uid)), checks);
  });
});

describe('a person who was asked and did it', () => {
  it('is not asked again, however young the app wants it and however slow the way back is', async () => {
    const { browser, device } = await person();
    later(5_000);
    const { config, url, checks } = await ask(browser, { max_age: '1' });
    const uid = await begin(browser, url);
    await browser.signIn(device, { purpose: 'step-up' });
    later(3_000);
    await redeem(config, new URL(await finish(browser, uid)), checks);
  });
});

describe('a new account', () => {
  it('is made in the same sheet with prompt=create', async () => {
    const browser = app.browser();
    const { config, url, checks } = await ask(browser, { prompt: 'create' });
    const uid = await begin(browser, url);
    expect((await browser.get(`/api/interactions/${uid}`)).body.prompt).toBe('create');
    const { body } = await browser.signUp(app.newName(), app.device());
    const tokens = await redeem(config, new URL(await finish(browser, uid)), checks);
    expect(tokens.claims()?.sub).toBe(body.user.id);
  });
});

describe('where strangers open no accounts', () => {
  it('prompt=create is not announced, and is refused as what is not supported', async () => {
    const closed = await startAppsApp([], { env: { SIGN_UP: 'invitation' } });
    const { body } = await closed.browser().get('/oidc/.well-known/openid-configuration');
    expect(body.prompt_values_supported).toEqual(['none', 'login', 'consent']);
    const { url } = await newRequest(await closed.as('com.example.app'), { prompt: 'create' });
    const answer = await closed.browser().get(url.pathname + url.search);
    const location = answer.headers.get('location') ?? '';
    expect(errorOf(location)).toBe('invalid_request');
    await closed.close();
  });
});

describe('more assurance', () => {
  it('is shown by a security key whose maker vouches for it, in the same sheet', async () => {
    const { browser, device, key, userId } = await withSecurityKey();
    await browser.signIn(device);
    const before = await ask(browser, { acr_values: 'phr' });
    const first = await redeem(before.config, new URL(before.location), before.checks);
    expect(first.claims()).toMatchObject({ acr: 'phr', amr: ['pop', 'user', 'swk'] });
    const silent = await ask(browser, { acr_values: 'phrh', prompt: 'none' });
    expect(errorOf(silent.location)).toBe('unmet_authentication_requirements');

    const { config, url, checks } = await ask(browser, { acr_values: 'phrh' });
    const uid = await begin(browser, url);
    expect((await finishing(browser, uid)).body.code).toBe('step_up_required');
    // With the passkey that was not enough, it is not enough again.
    await browser.signIn(device, { purpose: 'step-up' });
    expect((await finishing(browser, uid)).body.code).toBe('step_up_required');
    await browser.signIn(key, { purpose: 'step-up' });
    const tokens = await redeem(config, new URL(await finish(browser, uid)), checks);
    expect(tokens.claims()).toMatchObject({ acr: 'phrh', amr: ['pop', 'user', 'hwk'] });
    const [entry] = (await app.deps.store.listAudit(userId, { limit: 1 })).entries;
    expect(entry).toMatchObject({
      kind: 'app-signed-in',
      evidence: {
        ...{ client: 'com.example.app', acr: 'phrh', amr: ['pop', 'user', 'hwk'] },
        ...{ userVerified: true, backupEligible: false, attested: true },
      },
    });
  });

  it('that no passkey of the account can show is told to the app', async () => {
    const { browser } = await person();
    const { url } = await ask(browser, { acr_values: 'phrh' });
    const uid = await begin(browser, url);
    expect(errorOf(await finish(browser, uid))).toBe('unmet_authentication_requirements');
  });

  it('without user verification has no user in it', async () => {
    const lenient = await startAppsApp([], {
      env: { USER_VERIFICATION: 'preferred', USER_VERIFICATION_MANAGE: 'preferred' },
    });
    const device = lenient.device({ userVerified: false });
    const browser = lenient.browser();
    await browser.signUp('ada', device);
    const tokens = await tokensOf(lenient, 'spa', device, {}, browser);
    expect(tokens.claims()).toMatchObject({ acr: 'phr', amr: ['pop', 'swk'] });
    await lenient.close();
  });

  it('is not shown by somebody else, however freshly they sign in', async () => {
    const [one, two] = [await withSecurityKey(), await withSecurityKey()];
    await one.browser.signIn(one.device);
    const { url } = await ask(one.browser, { acr_values: 'phrh' });
    const uid = await begin(one.browser, url);
    await one.browser.signIn(two.key);
    expect(await needsOf(one.browser, uid)).toBe('sign-in');
    expect(errorOf(await finish(one.browser, uid))).toBe('login_required');
  });
});

describe('whoever signs out on the way', () => {
  it('is not signed in to the app', async () => {
    const { browser, device } = await person();
    const { url } = await ask(browser, { prompt: 'login' });
    const uid = await begin(browser, url);
    await browser.signIn(device);
    const { body } = await finishing(browser, uid);
    await browser.request('DELETE', '/api/session');
    const location = locationOf(await browser.get(target(body.redirectTo)));
    expect(location).toContain('/sign-in?interaction=');
  });

  it('and signs in again, says of that sign-in what it proves, and nothing of the one before', async () => {
    const { browser, device } = await person();
    const { config, url, checks } = await ask(browser, { max_age: '100', acr_values: 'phr' });
    later(101_000);
    const uid = await begin(browser, url);
    await browser.signIn(device);
    const { body } = await finishing(browser, uid);
    await browser.request('DELETE', '/api/session');
    later(30_000);
    await browser.signIn(device);
    const tokens = await redeem(
      config,
      new URL(locationOf(await browser.get(target(body.redirectTo)))),
      checks,
    );
    const { session } = (await browser.get('/api/session')).body;
    const authenticatedAt = Math.floor(Date.parse(session.authenticatedAt) / 1000);
    expect(tokens.claims()?.auth_time).toBe(authenticatedAt);
  });

  it('and lets somebody else sign in, signs them in', async () => {
    const [one, two] = [await person(), await person()];
    const { config, url, checks } = await ask(one.browser, { max_age: '100' });
    const wanted = new URL(url);
    wanted.searchParams.set('prompt', 'login');
    const uid = await begin(one.browser, wanted);
    await one.browser.signIn(one.device);
    const { body } = await finishing(one.browser, uid);
    await one.browser.signIn(two.device);
    const next = locationOf(await one.browser.get(target(body.redirectTo)));
    const again = new URL(next, app.origin).searchParams.get('interaction') ?? '';
    const tokens = await redeem(config, new URL(await finish(one.browser, again)), checks);
    expect(tokens.claims()?.sub).toBe(two.userId);
  });
});

describe('an app that names the account', () => {
  it('gets that one or an error', async () => {
    const [one, two] = [await person(), await person()];
    const { id_token: hint = '' } = await tokensOf(app, 'spa', one.device);
    const right = await ask(one.browser, { id_token_hint: hint, prompt: 'none' }, 'spa');
    expect(right.location).toContain('code=');
    const wrong = await ask(two.browser, { id_token_hint: hint, prompt: 'none' }, 'spa');
    expect(errorOf(wrong.location)).toBe('login_required');
    const { url } = await ask(two.browser, { id_token_hint: hint }, 'spa');
    const uid = await begin(two.browser, url);
    expect(errorOf(await finish(two.browser, uid))).toBe('login_required');
  });
});

describe('an app of strangers', () => {
  it('is allowed by its person once, for what it asked', async () => {
    const { browser, device, userId } = await person();
    await browser.request('DELETE', '/api/session');
    const scope = 'openid profile';
    const { config, url, checks } = await ask(browser, { scope }, 'stranger');
    const first = await begin(browser, url);
    await browser.signIn(device);
    const next = new URL(await finish(browser, first), app.origin);
    expect(next.pathname).toBe('/consent');
    const uid = next.searchParams.get('interaction') ?? '';
    expect((await browser.get(`/api/interactions/${uid}`)).body).toEqual({
      client: { name: 'Somebody else’s' },
      ...{ prompt: 'consent', scopes: ['openid', 'profile'], needs: null },
    });
    const tokens = await redeem(config, new URL(await finish(browser, uid)), checks);
    expect(tokens.scope).toBe(scope);
    const { body } = await browser.get('/api/activity');
    expect(body.activity[1].kind).toBe('consent-given');

    // On another device it is known, but more is another question.
    const again = await tokensOf(app, 'stranger', device, { scope });
    expect(again.claims()?.sub).toBe(userId);
    const more = await ask(browser, { scope: 'openid offline_access', prompt: 'none' }, 'stranger');
    expect(errorOf(more.location)).toBe('consent_required');
  });

  it('that is refused hears so, and nothing is remembered', async () => {
    const { browser } = await person();
    const { url } = await ask(browser, {}, 'stranger');
    const uid = await begin(browser, url);
    const { body } = await browser.post(`/api/interactions/${uid}/abort`);
    expect(errorOf(locationOf(await browser.get(target(body.redirectTo))))).toBe('access_denied');
    expect((await ask(browser, {}, 'stranger')).location).toContain('/consent?interaction=');
  });

  it('that another app could stand for is given nothing in silence', async () => {
    const { browser, device } = await person();
    const id = 'net.example.stranger';
    const { url } = await ask(browser, {}, id);
    await finish(browser, await begin(browser, url));
    expect(errorOf((await ask(browser, { prompt: 'none' }, id)).location)).toBe(
      'interaction_required',
    );
    expect((await ask(browser, {}, id)).location).toContain('/consent?interaction=');
    // A sign-in is an answer by itself.
    await tokensOf(app, id, device);
  });

  it('asks again with prompt=consent', async () => {
    const { browser } = await person();
    const { url } = await ask(browser, {}, 'stranger');
    await finish(browser, await begin(browser, url));
    expect((await ask(browser, {}, 'stranger')).location).toContain('code=');
    const asked = await ask(browser, { prompt: 'consent' }, 'stranger');
    expect(asked.location).toContain('/consent?interaction=');
  });
});

describe('an interaction that has expired', () => {
  it('is not found, and an app that comes back to it is told so', async () => {
    const { browser, device } = await person();
    await browser.request('DELETE', '/api/session');
    const { url } = await ask(browser, {});
    const uid = await begin(browser, url);
    await browser.signIn(device);
    const { body } = await finishing(browser, uid);
    later(3_700_000);
    expect((await finishing(browser, uid)).status).toBe(404);
    const late = await browser.get(target(body.redirectTo));
    expect(late.headers.get('location') ?? '').not.toContain('code=');
  });
});
