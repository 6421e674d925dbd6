import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CBORType, decodeCBOR } from '@levischuck/tiny-cbor';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  androidAttestation,
  attestationCertificate,
  model,
  packedAttestation,
  u2fAttestation,
} from '../testing/attestation.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { base64url, concat, fromBase64url, sha256 } from '../testing/authenticator-data.ts';
import type { Attestation, AttestationInput } from '../testing/bend.ts';
import * as ceremony from '../testing/ceremony.ts';
import { creationOptions, expectedRegistration, site } from '../testing/ceremony.ts';
import {
  androidGenerated,
  androidKeyDescription,
  androidKeyDescriptionId,
  appleNonce,
  authority,
  basicConstraints,
  certificate,
  certified,
  crlDistributionPoint,
  extension,
  modelExtension,
  name,
} from '../testing/certificate.ts';
import { generateKey } from '../testing/cose.ts';

/** The sender's own server, which must never hear from us. */
const requests: string[] = [];
const server = createServer((request, response) => {
  requests.push(request.url ?? '');
  response.end();
});
let crl: Uint8Array;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  crl = crlDistributionPoint(`http://127.0.0.1:${port}/list.crl`);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  requests.length = 0;
});

const root = certified(name({ '2.5.4.3': 'Root of the sender' }));
const leafName = name({
  '2.5.4.6': 'AQ',
  '2.5.4.10': 'Sender',
  '2.5.4.11': 'Authenticator Attestation',
  '2.5.4.3': 'Leaf',
});

/** A leaf under the sender's root, for the credential's own key, that names the sender's server. */
function chain({ key }: AttestationInput, ...extensions: Uint8Array[]): Uint8Array[] {
  const parts = { subject: leafName, spki: key.spki, issuer: root };
  return [certificate({ ...parts, extensions: [crl, ...extensions] }), root.certificate];
}

const signature = ({ key, authData, clientDataHash }: AttestationInput) =>
  key.sign(concat(authData, clientDataHash));

const androidKey: Attestation = (input) => ({
  fmt: 'android-key',
  attStmt: new Map<string, number | Uint8Array | Uint8Array[]>([
    ['alg', -7],
    ['sig', signature(input)],
    ['x5c', chain(input, androidKeyDescription(input.clientDataHash))],
  ]),
});

const packed: Attestation = (input) => ({
  fmt: 'packed',
  attStmt: new Map<string, number | Uint8Array | Uint8Array[]>([
    ['alg', -7],
    ['sig', signature(input)],
    ['x5c', chain(input)],
  ]),
});

const apple: Attestation = (input) => ({
  fmt: 'apple',
  attStmt: new Map([
    ['x5c', chain(input, appleNonce(sha256(concat(input.authData, input.clientDataHash))))],
  ]),
});

const attested = (attestation: Attestation, aaguid?: string) =>
  new SoftwareAuthenticator({ origin: site.origin, ...(aaguid && { aaguid }) }).create(
    creationOptions,
    { attestation },
  );

const register = async (attestation: Attestation, aaguid?: string) =>
  ceremony.register(await attested(attestation, aaguid), {
    ...expectedRegistration,
    attestation: 'direct',
  });

const unasked = async (attestation: Attestation, aaguid?: string) =>
  ceremony.register(await attested(attestation, aaguid), expectedRegistration);

describe('a certificate of the sender that names a revocation list', () => {
  it('makes the library fetch the list when left alone with android-key', async () => {
    await verifyRegistrationResponse({
      response: await attested(androidKey),
      expectedChallenge: site.challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.rpId,
    }).catch(() => undefined);
    expect(requests).toEqual(['/list.crl']);
  });

  it.each([
    ['packed', packed],
    ['apple', apple],
    ['android-key', androidKey],
  ])('is checked for consistency as %s, and nothing is fetched', async (fmt, attestation) => {
    const { x5c, ...verified } = await register(attestation);
    expect(verified).toMatchObject({ fmt });
    expect(x5c).toHaveLength(2);
    expect(requests).toEqual([]);
  });

  it.each([
    ['packed', packed],
    ['apple', apple],
    ['android-key', androidKey],
  ])('is not looked at as %s that nobody asked for', async (fmt, attestation) => {
    expect(await unasked(attestation)).toMatchObject({ fmt, x5c: [] });
    expect(requests).toEqual([]);
  });
});

const packedSelf = (alg: number, sign: (input: AttestationInput) => Uint8Array): Attestation => {
  return (input) => ({
    fmt: 'packed',
    attStmt: new Map<string, number | Uint8Array>([
      ['alg', alg],
      ['sig', sign(input)],
    ]),
  });
};

// WebAuthn L3 §7.1 steps 21–22
describe('an attestation statement is refused', () => {
  const refused: [string, Attestation][] = [
    ['of a format nobody knows', () => ({ fmt: 'homemade', attStmt: new Map() })],
    ['of a service that is gone', () => ({ fmt: 'android-safetynet', attStmt: new Map() })],
    ['none, with something in it', () => ({ fmt: 'none', attStmt: new Map([['alg', -7]]) })],
    ['packed, empty', () => ({ fmt: 'packed', attStmt: new Map() })],
    ['packed, wrongly signed', packedSelf(-7, ({ key, authData }) => key.sign(authData))],
    ['packed, with a signature that is none', packedSelf(-7, () => Uint8Array.of(1, 2, 3))],
    ['packed, by another algorithm than the key has', packedSelf(-257, signature)],
    ['fido-u2f, empty', () => ({ fmt: 'fido-u2f', attStmt: new Map() })],
    ['tpm, empty', () => ({ fmt: 'tpm', attStmt: new Map() })],
    ['apple, empty', () => ({ fmt: 'apple', attStmt: new Map() })],
  ];

  it.each(refused)('%s', async (_claim, attestation) => {
    await expect(register(attestation)).rejects.toMatchObject({ code: 'verification_failed' });
  });
});

// WebAuthn L3 §8.4
describe('an android-key statement', () => {
  const keystore = authority('Keystore');
  const described = (lists: Parameters<typeof androidKeyDescription>[1]) =>
    androidAttestation(keystore, [], {
      description: (challenge) => [androidKeyDescription(challenge, lists)],
    });
  const member = (name: string, value: CBORType) =>
    androidAttestation(keystore, [], { statement: (attStmt) => attStmt.set(name, value) });
  const without = (name: string) =>
    androidAttestation(keystore, [], {
      statement: (attStmt) => new Map([...attStmt].filter(([key]) => key !== name)),
    });

  const valid: [string, Attestation][] = [
    ['as hardware makes it', androidAttestation(keystore)],
    ['as software makes it', described({ software: androidGenerated })],
    [
      'that says half of it here and half there',
      described({ software: { origin: 0 }, hardware: { purposes: [2] } }),
    ],
    ['of a key that does more than sign', described({ hardware: { origin: 0, purposes: [2, 3] } })],
    ['that says nothing, as in §16', described({})],
  ];
  it.each(valid)('is valid %s', async (_claim, statement) => {
    const { x5c, fmt } = await register(statement);
    expect([fmt, x5c.length]).toEqual(['android-key', 2]);
  });

  it('is valid of an RSA key', async () => {
    const device = new SoftwareAuthenticator({ origin: site.origin, algorithms: [-257] });
    const response = await device.create(creationOptions, {
      attestation: androidAttestation(keystore),
    });
    const verified = ceremony.register(response, {
      ...expectedRegistration,
      attestation: 'direct',
    });
    expect(await verified).toMatchObject({ fmt: 'android-key', algorithm: -257 });
  });

  const other = generateKey(-7);
  const refused: [string, RegExp, Attestation][] = [
    ['empty', /x5c/, () => ({ fmt: 'android-key', attStmt: new Map() })],
    ['without certificates', /x5c/, without('x5c')],
    ['with no certificate among them', /x5c/, member('x5c', [])],
    ['with a certificate that is none', /x5c/, member('x5c', [Uint8Array.of(0x30, 0)])],
    ['with a certificate that is no list', /x5c/, member('x5c', new Uint8Array(8))],
    ['without a signature', /signature/, without('sig')],
    ['with a signature that is text', /signature/, member('sig', 'signed')],
    ['with another signature', /signature/, member('sig', other.sign(Uint8Array.of(1)))],
    ['with a signature in BER', /DER/, member('sig', new Uint8Array(70))],
    ['of another algorithm than the key', /alg/, member('alg', -257)],
    ['without an algorithm', /alg/, without('alg')],
    ['for another key', /another key/, androidAttestation(keystore, [], { spki: other.spki })],
    [
      'for another challenge',
      /another challenge/,
      androidAttestation(keystore, [], {
        description: () => [androidKeyDescription(new Uint8Array(32))],
      }),
    ],
    [
      'that describes no key',
      /describes no key/,
      androidAttestation(keystore, [], { description: () => [] }),
    ],
    [
      'whose description is cut off',
      /cut off/,
      androidAttestation(keystore, [], {
        description: () => [extension(androidKeyDescriptionId, Uint8Array.of(0x30, 3, 2, 1, 4))],
      }),
    ],
    [
      'whose description is not DER',
      /can not be read/,
      androidAttestation(keystore, [], {
        description: () => [extension(androidKeyDescriptionId, Uint8Array.of(0x30, 9, 2, 1, 4))],
      }),
    ],
    [
      'for all applications, says hardware',
      /all applications/,
      described({ hardware: { allApplications: true } }),
    ],
    [
      'for all applications, says software',
      /all applications/,
      described({ software: { allApplications: true } }),
    ],
    ['of a key that was imported', /generated/, described({ hardware: { origin: 2 } })],
    ['of a key that only decrypts', /signatures/, described({ hardware: { purposes: [1] } })],
    ['of a key for nothing', /signatures/, described({ software: { purposes: [] } })],
  ];
  it.each(refused)('is refused %s', async (_claim, detail, statement) => {
    await expect(register(statement)).rejects.toMatchObject({
      code: 'verification_failed',
      detail: expect.stringMatching(detail),
    });
  });

  it('is refused of a key that Android attests for nobody', async () => {
    const device = new SoftwareAuthenticator({ origin: site.origin, algorithms: [-8] });
    const response = await device.create(creationOptions, {
      attestation: androidAttestation(keystore),
    });
    const verified = ceremony.register(response, {
      ...expectedRegistration,
      attestation: 'direct',
    });
    await expect(verified).rejects.toMatchObject({ code: 'verification_failed' });
  });
});

const batch = attestationCertificate(root);
const other = attestationCertificate(root);
const authorityLeaf = attestationCertificate(root, { extensions: [basicConstraints()] });
const otherModel = attestationCertificate(root, {
  extensions: [modelExtension('00000000-0000-0000-0000-000000000001')],
});
const unnamed = certified(name({ '2.5.4.6': 'AQ', '2.5.4.10': 'Sender', '2.5.4.3': 'Leaf' }));

/** A statement that is fine but for its certificates. */
const carrying = (statement: Attestation, x5c: CBORType): Attestation => {
  return (input) => {
    if (typeof statement !== 'function') throw new TypeError('a statement with certificates');
    const { fmt, attStmt } = statement(input);
    return { fmt, attStmt: new Map([...attStmt, ['x5c', x5c]]) };
  };
};

describe('a statement with certificates', () => {
  it.each([
    ['packed', packedAttestation(batch, root), model, 2],
    ['fido-u2f', u2fAttestation(batch), undefined, 1],
  ] as const)('gives them out as %s, its own first', async (fmt, statement, aaguid, length) => {
    const { x5c, ...verified } = await register(statement, aaguid);
    expect(verified.fmt).toBe(fmt);
    expect(x5c).toHaveLength(length);
    expect(x5c[0]).toEqual(batch.certificate);
  });

  // WebAuthn L3 §8.2, §8.2.1 and §8.6
  const refused: [string, Attestation][] = [
    ['signed by another key', packedAttestation({ ...batch, privateKey: other.privateKey })],
    ['of a certificate authority', packedAttestation(authorityLeaf)],
    ['of another model', packedAttestation(otherModel)],
    ['of no attestation', packedAttestation(unnamed)],
    ['with an empty list of them', carrying(packedAttestation(batch), [])],
    ['with false in their place', carrying(packedSelf(-7, signature), false)],
    ['with text among them', carrying(packedAttestation(batch), [batch.certificate, 'text'])],
    ['with a single one that is no list', carrying(packedAttestation(batch), batch.certificate)],
  ];
  it.each(refused)('is refused %s', async (_claim, statement) => {
    await expect(register(statement, model)).rejects.toMatchObject({ code: 'verification_failed' });
  });

  it('is refused as fido-u2f with two of them', async () => {
    await expect(register(u2fAttestation(batch, root))).rejects.toMatchObject({
      code: 'verification_failed',
    });
  });
});

// WebAuthn L3 §7.1 steps 21–24: what nobody asked for and nobody judges is as good as none
describe('a statement that nobody asked for', () => {
  const expired = attestationCertificate(root, { years: [-3, -1] });
  const accepted: [string, Attestation][] = [
    ['a valid one', packedAttestation(batch, root)],
    ['a certificate that has expired', packedAttestation(expired)],
    ['a signature by another key', packedAttestation({ ...batch, privateKey: other.privateKey })],
    ['a certificate authority', packedAttestation(authorityLeaf)],
    ['another model', packedAttestation(otherModel)],
    ['no certificate in its list', carrying(packedAttestation(batch), [])],
    ['text for certificates', carrying(packedAttestation(batch), 'text')],
    ['false for certificates', carrying(packedSelf(-7, signature), false)],
    ['two certificates, as fido-u2f', u2fAttestation(batch, root)],
    ['nothing, as fido-u2f', () => ({ fmt: 'fido-u2f', attStmt: new Map() })],
    ['nothing, as tpm', () => ({ fmt: 'tpm', attStmt: new Map() })],
    ['nothing, as apple', () => ({ fmt: 'apple', attStmt: new Map() })],
    ['nothing, as android-key', () => ({ fmt: 'android-key', attStmt: new Map() })],
    ['nothing, as android-safetynet', () => ({ fmt: 'android-safetynet', attStmt: new Map() })],
    [
      'whatever a format of tomorrow says',
      () => ({ fmt: 'paper/2.0', attStmt: new Map([['a', 1]]) }),
    ],
  ];
  it.each(accepted)('registers with %s, and is kept as it came', async (_claim, statement) => {
    const response = await attested(statement, model);
    const verified = await ceremony.register(response, expectedRegistration);
    const { attestationObject } = response.response;
    const fmt = (decodeCBOR(fromBase64url(attestationObject)) as Map<string, unknown>).get('fmt');
    expect(verified).toMatchObject({ fmt, x5c: [], aaguid: model });
    expect(base64url(verified.attestationObject)).toBe(attestationObject);
  });

  // The key's own word costs nobody's trust: what can't vouch for itself can't sign in.
  const refused: [string, Attestation][] = [
    ['by its own key, wrongly', packedSelf(-7, ({ key, authData }) => key.sign(authData))],
    ['by its own key, with a signature that is none', packedSelf(-7, () => Uint8Array.of(1, 2, 3))],
    ['by its own key, of another algorithm', packedSelf(-257, signature)],
    ['by its own key, without a signature', () => ({ fmt: 'packed', attStmt: new Map() })],
    [
      'of the format none, with something in it',
      () => ({ fmt: 'none', attStmt: new Map([['a', 1]]) }),
    ],
    ['of a format that is no identifier', () => ({ fmt: 'two words', attStmt: new Map() })],
    ['of a format that is too long', () => ({ fmt: 'a'.repeat(33), attStmt: new Map() })],
    ['of no format', () => ({ fmt: '', attStmt: new Map() })],
  ];
  it.each(refused)('is refused %s', async (_claim, statement) => {
    await expect(unasked(statement)).rejects.toMatchObject({ code: 'verification_failed' });
  });

  it('is refused with a format that is no text', async () => {
    await expect(unasked(() => ({ fmt: 7 as never, attStmt: new Map() }))).rejects.toMatchObject({
      code: 'verification_failed',
    });
  });
});

it('self attestation verifies, and stays a claim', async () => {
  expect(await register('packed-self')).toMatchObject({ fmt: 'packed', x5c: [] });
});
