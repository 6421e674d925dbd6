/** What the answers and the log keep to themselves. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';
import type { Answer, TestBrowser } from '../testing/browser.ts';

const otherModel = '2fc0579f-8113-47ea-b116-bb5a8db9202a';
const folder = mkdtempSync(join(tmpdir(), 'latchkey-disclosure-'));
const policies = join(folder, 'policies.json');
writeFileSync(policies, JSON.stringify({ default: { deny: [otherModel] } }));

const app = await startTestApp();
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

describe('what nobody can tell', () => {
  const shape = (options: { challenge: string; allowCredentials?: { id: string }[] }) => ({
    ...options,
    challenge: options.challenge.length,
    allowCredentials: options.allowCredentials?.map((each) => ({ ...each, id: each.id.length })),
  });

  it('whether a user name is known: decoys are plausible and stable', async () => {
    const site = await startTestApp();
    const ask = (username: string) => site.browser().requestOptions({ username });
    const authenticator = site.device();
    await site.browser().signUp('somebody', authenticator);
    const known = await ask('somebody');
    for (let index = 0; index < 20; index++) {
      const unknown = await ask(`nobody-${index}`);
      expect(await ask(`NOBODY-${index}`)).toMatchObject({
        allowCredentials: unknown.allowCredentials,
      });
      // With one account only there is one shape to have.
      expect(shape(unknown)).toEqual(shape(known));
    }
    await site.close();
  });

  it.each([
    ['the ceremony it was made for', 'nobody-1', -7],
    ['a ceremony without a user name', undefined, -7],
    ['a ceremony without a user name, beside a key of Ed25519', undefined, -8],
  ] as const)('whether an ID is a decoy, presented in %s', async (_name, named, algorithm) => {
    const authenticator = app.device();
    const victim = app.device({ algorithms: [algorithm] });
    const username = app.newName();
    await app.browser().signUp(username, victim);
    await app.browser().signUp(app.newName(), authenticator);
    const { allowCredentials: [decoy] = [] } = await app
      .browser()
      .requestOptions({ username: 'nobody-1' });
    const real = victim.credentials[0]?.id ?? '';

    // An attacker knows an ID and no key: its answer is signed with a key of its own.
    const present = async (id: string, name?: string) => {
      const browser = app.browser();
      const options = await browser.requestOptions(name === undefined ? {} : { username: name });
      return async (bend: object) => {
        const response = await authenticator.get({ ...options, allowCredentials: [] }, bend);
        const answer = await browser.verifyAuthentication({ ...response, id, rawId: id });
        return answer.body;
      };
    };
    const asDecoy = await present(decoy?.id ?? '', named);
    const asReal = await present(real, named === undefined ? undefined : username);
    for (const bend of [
      {},
      { userHandle: null },
      { flags: { uv: false } },
      { clientData: (original: object) => ({ ...original, origin: 'https://evil.example' }) },
      { signature: () => new Uint8Array([1]) },
      { signature: (der: Uint8Array) => new Uint8Array([...der, 0]) },
    ]) {
      expect(await asDecoy(bend)).toEqual(await asReal(bend));
    }
  });

  it('a decoy by registering it', async () => {
    const { allowCredentials: [decoy] = [] } = await app
      .browser()
      .requestOptions({ username: 'nobody-2' });
    const browser = app.browser();
    const options = await browser.creationOptions({ username: app.newName() });
    const credentialId = Buffer.from(decoy?.id ?? '', 'base64url');
    const answer = await browser.verifyRegistration(
      await app.device().create(options, { credentialId }),
    );
    expect(answer.body.code).toBe('credential_exists');
  });

  /** Two ceremonies that differ in nothing but whose the ID is: a passkey's that exists, or a decoy's. */
  async function bothIds(site: TestApp) {
    const victim = site.device();
    await site.browser().signUp(site.newName(), victim);
    const { allowCredentials: [decoy] = [] } = await site
      .browser()
      .requestOptions({ username: 'nobody-3' });
    return [victim.credentials[0]?.id ?? '', decoy?.id ?? ''].map((id) =>
      Buffer.from(id, 'base64url'),
    );
  }

  it.each<[string, string, (site: TestApp, browser: TestBrowser, id: Buffer) => Promise<Answer>]>([
    [
      'with a sign-up challenge that was spent',
      'challenge_invalid',
      async (site, browser, credentialId) => {
        const options = await browser.creationOptions({ username: site.newName() });
        await browser.verifyRegistration(await site.device().create(options));
        return browser.verifyRegistration(await site.device().create(options, { credentialId }));
      },
    ],
    [
      'under a user name that was taken meanwhile',
      'username_taken',
      async (site, browser, credentialId) => {
        const username = site.newName();
        const options = await browser.creationOptions({ username });
        await site.browser().signUp(username, site.device());
        return browser.verifyRegistration(await site.device().create(options, { credentialId }));
      },
    ],
    [
      'against the policy',
      'authenticator_not_allowed',
      async (site, browser, credentialId) => {
        const options = await browser.creationOptions({ username: site.newName() });
        const denied = { aaguid: otherModel, credentialId };
        return browser.verifyRegistration(await site.device().create(options, denied));
      },
    ],
    [
      'beside an own account, with a challenge that was spent',
      'challenge_invalid',
      async (site, browser, credentialId) => {
        await browser.signUp(site.newName(), site.device());
        const options = await browser.creationOptions({});
        await browser.verifyRegistration(await site.device().create(options));
        return browser.verifyRegistration(await site.device().create(options, { credentialId }));
      },
    ],
    [
      'beside an own account',
      'credential_exists',
      async (site, browser, credentialId) => {
        await browser.signUp(site.newName(), site.device());
        return browser.addPasskey(site.device(), {}, { credentialId });
      },
    ],
  ])('whether an ID is a decoy, registered %s', async (_how, code, attempt) => {
    const site = await startTestApp({ env: { CREDENTIAL_POLICIES: policies } });
    const [real, decoy] = await bothIds(site);
    const answers = [
      await attempt(site, site.browser(), real as Buffer),
      await attempt(site, site.browser(), decoy as Buffer),
    ];
    expect(answers.map(({ body }) => body.code)).toEqual([code, code]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    await site.close();
  });

  it('that an account is disabled, without its passkey', async () => {
    const [browser, phone, username] = [app.browser(), app.device(), app.newName()];
    const { body } = await browser.signUp(username, phone);
    const attempts = async () => {
      const options = await app.browser().requestOptions({ username });
      const bends = [
        { signature: () => new Uint8Array(8) },
        { flags: { uv: false } },
        { userHandle: 'bm9ib2R5' },
      ];
      const answers = await Promise.all(
        bends.map((bend) => app.browser().signIn(phone, { username }, bend)),
      );
      const ids = options.allowCredentials?.map(({ id }) => id);
      return [shape(options), ids, answers.map((answer) => answer.body)];
    };
    const before = await attempts();
    const { store, now } = app.deps;
    await store.disableUser(body.user.id, now(), []);
    expect(await attempts()).toEqual(before);

    expect((await browser.get('/api/session')).status).toBe(401);
    const untouched = await app.contents();
    const refused = await browser.signIn(phone);
    expect(refused).toMatchObject({ status: 403, body: { code: 'account_disabled' } });
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect(await app.contents()).toEqual(untouched);
    await store.disableUser(body.user.id, null, []);
    expect((await browser.signIn(phone)).status).toBe(200);
  });

  it('what went wrong inside: a refusal names its code and nothing else', async () => {
    const [browser, authenticator] = [app.browser(), app.device()];
    await browser.signUp(app.newName(), authenticator);
    const answer = await browser.signIn(authenticator, {}, { signature: () => new Uint8Array(8) });
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'The passkey could not be verified.',
      status: 400,
      code: 'verification_failed',
    });
    expect(app.logLines.join('')).toContain('verification_failed');
  });

  it('from the log: no cookie, no challenge, no body', async () => {
    const [browser, authenticator] = [app.browser(), app.device()];
    await browser.signUp(app.newName(), authenticator);
    const options = await browser.requestOptions();
    await browser.verifyAuthentication(await authenticator.get(options));
    await browser.post('/api/authentication/verify', '{"prf":{"results":{"first":"c2VjcmV0",x}}}');
    const log = app.logLines.join('');
    expect(log).not.toContain('c2VjcmV0');
    for (const cookie of browser.cookies.values()) expect(log).not.toContain(cookie);
    expect(log).not.toContain(options.challenge);
    expect(log).not.toContain(authenticator.credentials[0]?.userHandle);
  });
});
