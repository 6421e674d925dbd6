import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { concat, sha256 } from '../testing/authenticator-data.ts';
import type { Attestation, AttestationInput } from '../testing/bend.ts';
import { creationOptions, expectedRegistration, site } from '../testing/ceremony.ts';
import {
  androidKeyDescription,
  appleNonce,
  certificate,
  crlDistributionPoint,
  name,
  selfSigned,
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

const root = selfSigned(name({ '2.5.4.3': 'Root of the sender' }));
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

const attested = (attestation: Attestation) =>
  new SoftwareAuthenticator({ origin: site.origin }).create(creationOptions, { attestation });

const register = async (attestation: Attestation) =>
  verifyRegistration(await attested(attestation), expectedRegistration);

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

it('self attestation verifies, and stays a claim', async () => {
  expect(await register('packed-self')).toMatchObject({ fmt: 'packed', algorithm: -7 });
});
