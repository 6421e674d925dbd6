/**
 * Registrations that are bent in one place each, signed afresh by the software authenticator, sent to the real
 * server: every one is refused with its code, and none changes anything.
 */
import { encodeCBOR } from '@levischuck/tiny-cbor';
import { afterAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import { startTestApp } from '../testing/app.ts';
import {
  androidAttestation,
  attestationCertificate,
  model,
  packedAttestation,
} from '../testing/attestation.ts';
import type { Attestation, CreateBend } from '../testing/bend.ts';
import { append, change, clientData, common, expectRefusal } from '../testing/bent-rows.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { authority } from '../testing/certificate.ts';

const app = await startTestApp();
afterAll(() => app.close());

const withAlgorithm = (algorithm: number): CreateBend => ({
  publicKey: (cose) => new Map(cose).set(3, algorithm),
});

const registrations: [string, CreateBend, ErrorCode][] = [
  ...common,
  ['§7.1.7 the type of an assertion', clientData({ type: 'webauthn.get' }), 'verification_failed'],
  ['§7.1.20 an algorithm not offered', withAlgorithm(-35), 'verification_failed'],
  ['§7.1.20 Ed448', withAlgorithm(-53), 'verification_failed'],
  [
    '§7.1.20 no algorithm',
    { publicKey: (cose) => new Map([...cose].filter(([key]) => key !== 3)) },
    'verification_failed',
  ],
  [
    'a key of another type',
    { publicKey: (cose) => new Map(cose).set(1, 1) },
    'verification_failed',
  ],
  [
    'a point off the curve',
    { publicKey: (cose) => new Map(cose).set(-2, new Uint8Array(32)) },
    'verification_failed',
  ],
  ['a key that is not CBOR', { publicKey: () => new Uint8Array([0xff]) }, 'verification_failed'],
  ['§6.5.1 no attested credential', { flags: { at: false } }, 'verification_failed'],
  [
    '§8.7 none, with a statement',
    { attestation: () => ({ fmt: 'none', attStmt: new Map([['sig', new Uint8Array(8)]]) }) },
    'verification_failed',
  ],
  [
    '§8.2 packed, self-signed wrongly',
    {
      attestation: () => ({
        fmt: 'packed',
        attStmt: new Map<string, number | Uint8Array>([
          ['alg', -7],
          ['sig', new Uint8Array(70)],
        ]),
      }),
    },
    'verification_failed',
  ],
  [
    '§8.2 packed, changed after signing',
    {
      attestation: 'packed-self',
      attestationObject: (bytes) =>
        bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
    },
    'verification_failed',
  ],
  [
    '§7.1.13 bytes after the attestation object',
    { attestationObject: append },
    'verification_failed',
  ],
  [
    '§7.1.13 not CBOR',
    { attestationObject: () => new Uint8Array([0xff, 0xff]) },
    'verification_failed',
  ],
  [
    '§7.1.13 CBOR, but no map',
    { attestationObject: () => encodeCBOR('nothing') },
    'verification_failed',
  ],
  [
    '§7.1.13 cut in half',
    { attestationObject: (bytes) => bytes.slice(0, bytes.length / 2) },
    'verification_failed',
  ],
  [
    'attestation object with padding',
    change('response.attestationObject', 'oA=='),
    'invalid_request',
  ],
  [
    '§7.1.25 an ID of 1024 bytes',
    { credentialId: new Uint8Array(1024).fill(1) },
    'invalid_request',
  ],
  ['§7.1.25 an ID of no bytes', { credentialId: new Uint8Array() }, 'invalid_request'],
  [
    '§7.1.26 an outer ID that was not attested',
    {
      response: (json) => ({ ...json, id: 'AAAA', rawId: 'AAAA' }),
    },
    'verification_failed',
  ],
  ['client data of more than 4 KiB', clientData({ more: 'x'.repeat(4096) }), 'invalid_request'],
  [
    'authenticator data of more than 4 KiB',
    { extensions: new Map([['more', new Uint8Array(4096)]]) },
    'verification_failed',
  ],
  ['transports that are no list', change('response.transports', 'usb'), 'invalid_request'],
];

describe('a registration is refused for', () => {
  it.each(registrations)('%s', async (_name, bend, code) => {
    const browser = app.browser();
    const options = await browser.creationOptions({ username: app.newName() });
    const response = await app.device().create(options, bend);
    const before = await app.contents();
    expectRefusal(await browser.verifyRegistration(response), code);
    expect(await app.contents()).toEqual(before);
  });

  async function refused(
    browser: TestBrowser,
    response: Parameters<TestBrowser['verifyRegistration']>[0],
    code: ErrorCode,
  ) {
    const before = await app.contents();
    const answer = await browser.verifyRegistration(response);
    expectRefusal(answer, code);
    expect(await app.contents()).toEqual(before);
    return answer;
  }

  it('§7.1.8 a challenge of another browser', async () => {
    const response = await app
      .device()
      .create(await app.browser().creationOptions({ username: app.newName() }));
    const other = app.browser();
    await refused(other, response, 'challenge_invalid');
    await other.requestOptions();
    await refused(other, response, 'challenge_invalid');
  });

  it('§7.1.8 a challenge that was spent', async () => {
    const browser = app.browser();
    const response = await app
      .device()
      .create(await browser.creationOptions({ username: app.newName() }));
    expect((await browser.verifyRegistration(response)).status).toBe(201);
    await refused(browser, response, 'challenge_invalid');
  });

  it('§7.1.8 the challenge of a sign-in', async () => {
    const browser = app.browser();
    const { challenge } = await browser.requestOptions();
    const options = await browser.creationOptions({ username: app.newName() });
    await refused(
      browser,
      await app.device().create({ ...options, challenge }),
      'challenge_invalid',
    );
  });

  it('§7.1.26 a credential that another account has', async () => {
    const credentialId = new Uint8Array(32).fill(9);
    expect((await app.browser().signUp(app.newName(), app.device(), { credentialId })).status).toBe(
      201,
    );
    const browser = app.browser();
    const options = await browser.creationOptions({ username: app.newName() });
    await refused(
      browser,
      await app.device().create(options, { credentialId }),
      'credential_exists',
    );
  });

  it('a user name that was taken meanwhile', async () => {
    const [first, second, username] = [app.browser(), app.browser(), app.newName()];
    const options = await second.creationOptions({ username: username.toUpperCase() });
    expect((await first.signUp(username, app.device())).status).toBe(201);
    await refused(second, await app.device().create(options), 'username_taken');
  });

  it('an addition of someone who has signed out', async () => {
    const browser = app.browser();
    await browser.signUp(app.newName(), app.device());
    const response = await app.device().create(await browser.creationOptions({}));
    await browser.request('DELETE', '/api/session');
    await refused(browser, response, 'unauthenticated');
  });

  it('an addition that was issued for another account', async () => {
    const browser = app.browser();
    await browser.signUp(app.newName(), app.device());
    const response = await app.device().create(await browser.creationOptions({}));
    await browser.signUp(app.newName(), app.device());
    await refused(browser, response, 'challenge_invalid');
  });

  it('presence waived for an ordinary addition', async () => {
    const browser = app.browser();
    await browser.signUp(app.newName(), app.device());
    const options = await browser.creationOptions({});
    const response = await app.device().create(options, { flags: { up: false } });
    await refused(browser, response, 'verification_failed');
  });
});

// §7.1.21–24: nothing was asked for, so nothing that a certificate says is a reason to refuse
describe('a registration is taken with', () => {
  const maker = authority('Maker');
  const expired = attestationCertificate(maker, { years: [-3, -1] });
  const unasked: [string, Attestation][] = [
    ['an unknown format', () => ({ fmt: 'paper', attStmt: new Map() })],
    ['android-safetynet', () => ({ fmt: 'android-safetynet', attStmt: new Map() })],
    ['android-key', androidAttestation(maker)],
    ['android-key that says nothing', () => ({ fmt: 'android-key', attStmt: new Map() })],
    ['fido-u2f without a certificate', () => ({ fmt: 'fido-u2f', attStmt: new Map() })],
    ['a certificate that has expired', packedAttestation(expired)],
  ];
  it.each(unasked)('%s, which stays as evidence', async (_name, attestation) => {
    const browser = app.browser();
    const phone = app.device({ aaguid: model });
    const options = await browser.creationOptions({ username: app.newName() });
    const response = await phone.create(options, { attestation });
    const { status, body } = await browser.verifyRegistration(response);
    expect(status).toBe(201);
    const [entry] = (await app.deps.store.listAudit(body.user.id, { limit: 1 })).entries;
    expect(entry).toMatchObject({ kind: 'account-created', evidence: { aaguid: model } });
    // Every byte of it: a policy may ask one day.
    const came = Buffer.from(response.response.attestationObject, 'base64url');
    expect(JSON.stringify(await app.contents())).toContain(JSON.stringify(came));
    expect((await app.browser().signIn(phone)).status).toBe(200);
  });
});

describe('a registration keeps', () => {
  it.each([
    ['a statement as long as that of a TPM', 5000, true],
    ['no statement that is longer: it may be padding', 30_000, false],
  ])('%s', async (_claim, length, isKept) => {
    const browser = app.browser();
    const options = await browser.creationOptions({ username: app.newName() });
    const statement: Attestation = () => ({
      fmt: 'paper',
      attStmt: new Map([['more', new Uint8Array(length).fill(7)]]),
    });
    const response = await app.device().create(options, { attestation: statement });
    expect((await browser.verifyRegistration(response)).status).toBe(201);
    const kept = JSON.stringify(await app.contents());
    expect(kept.includes(Array(length).fill(7).join())).toBe(isKept);
    const authData = Buffer.from(response.response.authenticatorData ?? '', 'base64url');
    expect(kept).toContain([...authData].join());
  });
});

describe('a registration says what its person can do something about:', () => {
  it.each<[string, CreateBend, string | undefined]>([
    ['a malformed key', { publicKey: () => new Uint8Array([0xff]) }, 'malformed-key'],
    ['another algorithm', withAlgorithm(-35), 'malformed-key'],
    ['and nothing else', { flags: { up: false } }, undefined],
  ])('%s', async (_name, bend, reason) => {
    const browser = app.browser();
    const options = await browser.creationOptions({ username: app.newName() });
    const answer = await browser.verifyRegistration(await app.device().create(options, bend));
    expectRefusal(answer, 'verification_failed');
    expect(answer.body.reason).toBe(reason);
  });
});
