import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CBORType } from '@levischuck/tiny-cbor';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  attestationCertificate,
  model,
  packedAttestation,
  u2fAttestation,
} from '../testing/attestation.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { concat, sha256 } from '../testing/authenticator-data.ts';
import type { Attestation, AttestationInput } from '../testing/bend.ts';
import { creationOptions, expectedRegistration, site } from '../testing/ceremony.ts';
import {
  androidKeyDescription,
  appleNonce,
  basicConstraints,
  certificate,
  certified,
  crlDistributionPoint,
  modelExtension,
  name,
} from '../testing/certificate.ts';
import { verifyRegistration } from './verify.ts';

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
  verifyRegistration(await attested(attestation, aaguid), expectedRegistration);

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

  it('is refused as android-key, and nothing is fetched', async () => {
    await expect(register(androidKey)).rejects.toMatchObject({ code: 'verification_failed' });
    expect(requests).toEqual([]);
  });

  it.each([
    ['packed', packed],
    ['apple', apple],
  ])('is checked for consistency as %s, and nothing is fetched', async (fmt, attestation) => {
    expect(await register(attestation)).toMatchObject({ fmt });
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

const batch = attestationCertificate(root);
const other = attestationCertificate(root);
const authority = attestationCertificate(root, { extensions: [basicConstraints()] });
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
    ['of a certificate authority', packedAttestation(authority)],
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

it('self attestation verifies, and stays a claim', async () => {
  expect(await register('packed-self')).toMatchObject({ fmt: 'packed', x5c: [] });
});
