/** Which passkeys an account may have: at sign-up, when one is added, and at every sign-in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';
import {
  androidAttestation,
  attestationCertificate,
  model,
  packedAttestation,
} from '../testing/attestation.ts';
import type { AuthenticatorOptions, SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { CreateBend } from '../testing/bend.ts';
import type { Answer } from '../testing/browser.ts';
import { authority, type Holder } from '../testing/certificate.ts';
import { importPerson, legacy } from '../testing/imported.ts';
import { metadataBlob, metadataEntry, pem, serviceRoot } from '../testing/metadata.ts';

const apple = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd';
const makerRoot = authority('Maker root');
const operatorRoot = authority('Operator root');
const otherModel = '2fc0579f-8113-47ea-b116-bb5a8db9202a';

const policies = {
  'device-bound': { deviceBoundOnly: true },
  apple: { allow: [apple.toUpperCase()] },
  'not-apple': { deny: [apple] },
  attested: { attestation: 'direct' },
  nobody: { allow: [] },
};
type Policy = keyof typeof policies;

let folder: string;
let app: TestApp;
const apps: TestApp[] = [];

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function start(more: object = {}): Promise<TestApp> {
  const entries = [metadataEntry([makerRoot])];
  const env = {
    CREDENTIAL_POLICIES: file(
      `policies-${apps.length}.json`,
      JSON.stringify({ ...policies, ...more }),
    ),
    METADATA: `file:${file('blob.jwt', metadataBlob({ entries }))}`,
    METADATA_ROOT: file('service.pem', pem(serviceRoot)),
    ATTESTATION_ROOTS: file('roots.pem', pem(operatorRoot)),
  };
  const started = await startTestApp({ env });
  apps.push(started);
  return started;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-policies-'));
  app = await start();
});
afterAll(async () => {
  for (const each of apps) await each.close();
  rmSync(folder, { recursive: true });
});

const bound = { backupEligible: false, transports: ['usb'] };
const devices: Record<string, Partial<AuthenticatorOptions>> = {
  'an Apple passkey': { aaguid: apple },
  'an Apple key that stays on the device': { aaguid: apple, ...bound },
  'a passkey of nobody known': {},
  'a security key': bound,
};

/** In the order of the devices above. */
const accepted: [Policy, boolean[]][] = [
  ['device-bound', [false, true, false, true]],
  ['apple', [true, true, false, false]],
  ['not-apple', [false, false, true, true]],
  ['nobody', [false, false, false, false]],
];
const rows = accepted.flatMap(([policy, verdicts]) =>
  Object.entries(devices).map(([device, traits], index) => ({
    ...{ policy, device, traits, accepts: verdicts[index] === true },
  })),
);

function expectVerdict(answer: Answer, accepts: boolean, status: number): void {
  if (accepts) expect(answer.status).toBe(status);
  else expect(answer).toMatchObject({ status: 403, body: { code: 'authenticator_not_allowed' } });
}

describe('under a policy', () => {
  it.each(rows)('$policy, $device is accepted: $accepts', async ({ policy, traits, accepts }) => {
    const authenticator = app.device(traits);
    const { store } = app.deps;
    // Nothing was assigned, so at sign-up the default holds: here there is none.
    const owner = app.browser();
    const { body } = await owner.signUp(app.newName(), authenticator);
    const userId = body.user.id;
    await store.assignPolicy(userId, policy, []);

    const added = app.device(traits);
    const before = await app.contents();
    const addition = await owner.addPasskey(added);
    expectVerdict(addition, accepts, 201);
    if (!accepts) expect(await app.contents()).toEqual(before);

    const visitor = app.browser();
    const response = await authenticator.get(await visitor.requestOptions());
    expectVerdict(await visitor.verifyAuthentication(response), accepts, 200);
    expect(visitor.cookies.has('latchkey-session')).toBe(accepts);
    expect((await visitor.verifyAuthentication(response)).body.code).toBe('challenge_invalid');
    const [entry] = (await store.listAudit(userId, { limit: 1 })).entries;
    const { id: credentialId } = body.credential;
    expect(entry).toMatchObject({ kind: accepts ? 'signed-in' : 'passkey-refused', credentialId });
    // Whoever was in stays in, but can't confirm with it either.
    const stepUp = await owner.signIn(authenticator, { purpose: 'step-up' });
    expectVerdict(stepUp, accepts, 200);
  });

  it.each(accepted)('%s by default, signing up is for some: %o', async (policy, verdicts) => {
    const strict = await start({ default: policies[policy] });
    for (const [index, traits] of Object.values(devices).entries()) {
      const before = await strict.contents();
      const authenticator = strict.device(traits);
      const answer = await strict.browser().signUp(app.newName(), authenticator);
      expectVerdict(answer, verdicts[index] === true, 201);
      if (!verdicts[index]) expect(await strict.contents()).toEqual(before);
    }
  });

  it('whoever signs up while signed in opens an account under the default policy, not their own', async () => {
    const browser = app.browser();
    const { body } = await browser.signUp(app.newName(), app.device());
    await app.deps.store.assignPolicy(body.user.id, 'nobody', []);
    const other = app.device();
    const opened = await browser.signUp(app.newName(), other);
    expect(opened.status).toBe(201);
    expect(opened.body.user.id).not.toBe(body.user.id);
    // And it adds nothing to the account that is under the policy.
    expect(await app.deps.store.listCredentials(body.user.id)).toHaveLength(1);

    const strict = await start({ default: { deny: [apple] }, lenient: {} });
    const visitor = strict.browser();
    const plain = strict.device();
    const first = await visitor.signUp(app.newName(), plain);
    await strict.deps.store.assignPolicy(first.body.user.id, 'lenient', []);
    const denied = strict.device({ aaguid: apple });
    expectVerdict(await visitor.addPasskey(denied), true, 201);
    const another = strict.device({ aaguid: apple });
    expectVerdict(await visitor.signUp(app.newName(), another), false, 201);
  });

  it('that is assigned between options and answer, the answer is judged by it', async () => {
    const browser = app.browser();
    const { body } = await browser.signUp(app.newName(), app.device());
    const options = await browser.creationOptions({});
    await app.deps.store.assignPolicy(body.user.id, 'device-bound', []);
    const response = await app.device().create(options);
    expectVerdict(await browser.verifyRegistration(response), false, 201);
  });

  it('of device-bound passkeys alone no legacy one is offered another, nor replaced by one', async () => {
    const { devices: held, ids, userId } = await importPerson(app, legacy);
    await app.deps.store.assignPolicy(userId, 'device-bound', []);
    const [[device], [id]] = [held as [SoftwareAuthenticator], ids];
    const browser = app.browser();
    expect((await browser.signIn(device)).body.upgrade).toBeNull();
    const refused = await browser.post('/api/registration/options', { upgrades: id });
    expect(refused.body.code).toBe('invalid_request');
    expect((await browser.get('/api/credentials')).body.credentials[0].upgrade).toBeNull();
  });

  it.each<[string, Parameters<typeof importPerson>[1], boolean]>([
    ['one that the policy refuses', { aaguid: apple }, false],
    ['one of a domain that is served no longer', { rpId: 'gone.example' }, false],
    ['one that was superseded', { state: 'superseded' }, false],
    ['one that may be used', {}, true],
    ['one under suspicion', { state: 'suspected-clone' }, true],
  ])('the last passkey that may be used is not deleted for %s', async (_what, other, deleted) => {
    const { devices: held, ids, userId } = await importPerson(app, {}, other);
    await app.deps.store.assignPolicy(userId, 'not-apple', []);
    const browser = app.browser();
    await browser.signIn(held[0] as SoftwareAuthenticator);
    // What nobody can use may go, and what is left is the last one then.
    const [last, useless] = ids.map((id) => `/api/credentials/${id}`);
    const answer = await browser.request('DELETE', last ?? '');
    expect(answer.body.code).toBe(deleted ? undefined : 'last_credential');
    expect((await browser.request('DELETE', useless ?? '')).status).toBe(deleted ? 409 : 200);
    expect(await app.deps.store.listCredentials(userId)).toHaveLength(1);
  });

  it.each(['not-apple', 'device-bound', 'attested', 'apple'])(
    '%s, which might refuse the better passkey, offers none: the device would replace its key first',
    async (policy) => {
      const { devices: held, ids, userId } = await importPerson(app, legacy);
      await app.deps.store.assignPolicy(userId, policy, []);
      const [[device], [id = '']] = [held as [SoftwareAuthenticator], ids];
      const browser = app.browser();
      // A policy that refuses the old one too offers nothing either.
      const signedIn = (await browser.signIn(device)).body;
      expect(signedIn.upgrade ?? null).toBeNull();
      const options = await browser.post('/api/registration/options', { upgrades: id });
      expect(['invalid_request', 'unauthenticated']).toContain(options.body.code);
      expect(device.credentials.map((each) => each.id)).toEqual([id]);
    },
  );
});

describe('attestation', () => {
  const chain = (root: Holder) => packedAttestation(attestationCertificate(root));
  const ofPhone = (root: Holder) =>
    androidAttestation(authority('Keystore', { issuer: root }), [root]);
  const byMaker: CreateBend = { aaguid: model, attestation: chain(makerRoot) };

  async function underDirect() {
    const browser = app.browser();
    const own = app.device();
    const { body } = await browser.signUp(app.newName(), own);
    await app.deps.store.assignPolicy(body.user.id, 'attested', []);
    return { browser, own };
  }

  it.each<[string, CreateBend]>([
    ['a root of the metadata', byMaker],
    ['a root of the operator’s', { aaguid: model, attestation: chain(operatorRoot) }],
    ['a root of the metadata, by a phone', { aaguid: model, attestation: ofPhone(makerRoot) }],
    ['a root of the operator’s, by a phone', { attestation: ofPhone(operatorRoot) }],
  ])('that was asked for is accepted with a chain to %s', async (_what, bend) => {
    const { browser } = await underDirect();
    const options = await browser.creationOptions({});
    expect(options.attestation).toBe('direct');
    const key = app.device(bound);
    const answer = await browser.verifyRegistration(await key.create(options, bend));
    expect(answer.status).toBe(201);
    expect((await app.browser().signIn(key)).status).toBe(200);
  });

  it.each<[string, CreateBend]>([
    ['is none', {}],
    ['is none, of a model that is known', { aaguid: model }],
    ['is the key’s own', { aaguid: model, attestation: 'packed-self' }],
    ['leads to somebody’s root', { aaguid: model, attestation: chain(authority('Stranger')) }],
    [
      'leads to one of the same name',
      { aaguid: model, attestation: chain(authority('Maker root')) },
    ],
    ['leads to the root that a phone names', { attestation: ofPhone(authority('Stranger')) }],
    ['is another model’s', { ...byMaker, aaguid: otherModel }],
  ])('that was asked for is refused where it %s, and nothing else changes', async (_what, bend) => {
    const { browser, own } = await underDirect();
    const before = await app.contents();
    const key = app.device(bound);
    const { status, body } = await browser.addPasskey(key, {}, bend);
    const expected =
      bend.aaguid === otherModel ? 'verification_failed' : 'authenticator_not_allowed';
    expect(body).toEqual({ type: 'about:blank', title: body.title, status, code: expected });
    expect(await app.contents()).toEqual(before);
    // What the account had before keeps working.
    expect((await app.browser().signIn(own)).status).toBe(200);
  });

  it('is not asked for elsewhere, and not judged where it comes unasked', async () => {
    const browser = app.browser();
    const options = await browser.creationOptions({ username: app.newName() });
    expect(options.attestation).toBe('none');
    const key = app.device(bound);
    const attestation = chain(authority('Stranger'));
    const response = await key.create(options, { aaguid: model, attestation });
    expect((await browser.verifyRegistration(response)).status).toBe(201);
  });

  it('of a model that is reported as broken is refused, though its chain is sound', async () => {
    const reported = await startTestApp({
      env: {
        CREDENTIAL_POLICIES: file('direct.json', '{ "default": { "attestation": "direct" } }'),
        METADATA_ROOT: join(folder, 'service.pem'),
        METADATA: `file:${file('reported.jwt', metadataBlob({ entries: [brokenEntry] }))}`,
      },
    });
    apps.push(reported);
    const key = reported.device(bound);
    const answer = await reported.browser().signUp('ann', key, byMaker);
    expectVerdict(answer, false, 201);
    expect(reported.logLines.join('')).toContain('compromised: REVOKED');
  });
});

const brokenEntry = metadataEntry([makerRoot], {
  statusReports: [{ status: 'REVOKED', effectiveDate: '2020-01-01' }],
});
