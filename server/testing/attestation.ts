/** A maker of authenticators: its certificates, and the attestation statements that they sign. */
import { createHash, sign, X509Certificate } from 'node:crypto';
import { concat } from './authenticator-data.ts';
import type { Attestation } from './bend.ts';
import {
  androidKeyDescription,
  type CertificateParts,
  certificate,
  certified,
  type Holder,
  type Issuer,
  modelExtension,
  name,
} from './certificate.ts';
import type { CborMap } from './cose.ts';

export const model = '6d44ba9b-f6ec-4e49-b930-0c8fe920cb73';

/** WebAuthn L3 §8.2.1: the attestation certificate of a batch, with the required subject and extension. */
export function attestationCertificate(
  issuer: Issuer,
  parts: Pick<Partial<CertificateParts>, 'extensions' | 'hash' | 'years'> = {},
): Holder {
  const subject = name({
    '2.5.4.6': 'AQ',
    '2.5.4.10': 'Maker',
    '2.5.4.11': 'Authenticator Attestation',
    '2.5.4.3': 'Batch',
  });
  return certified(subject, { extensions: [modelExtension(model)], ...parts, issuer });
}

/** WebAuthn L3 §8.2: a packed attestation, signed with the key of the first certificate. */
export function packedAttestation(signer: Holder, ...above: readonly Holder[]): Attestation {
  return ({ authData, clientDataHash }) => ({
    fmt: 'packed',
    attStmt: new Map<string, number | Uint8Array | Uint8Array[]>([
      ['alg', -7],
      ['sig', new Uint8Array(sign('sha256', concat(authData, clientDataHash), signer.privateKey))],
      ['x5c', [signer, ...above].map(({ certificate }) => certificate)],
    ]),
  });
}

/** WebAuthn L3 §8.6: the attestation of a U2F security key, whose model has no AAGUID. */
export function u2fAttestation(signer: Holder, ...above: readonly Holder[]): Attestation {
  return ({ authData, clientDataHash, key }) => {
    const idLength = (authData[53] ?? 0) * 256 + (authData[54] ?? 0);
    const coordinates = [-2, -3].map((label) => key.cose.get(label) as Uint8Array);
    const signed = concat(
      Uint8Array.of(0),
      authData.subarray(0, 32),
      clientDataHash,
      authData.subarray(55, 55 + idLength),
      concat(Uint8Array.of(4), ...coordinates),
    );
    return {
      fmt: 'fido-u2f',
      attStmt: new Map<string, Uint8Array | Uint8Array[]>([
        ['sig', new Uint8Array(sign('sha256', signed, signer.privateKey))],
        ['x5c', [signer, ...above].map(({ certificate }) => certificate)],
      ]),
    };
  };
}

/** How a test bends an android-key statement: its description of the key, or any of its members. */
interface AndroidBend {
  readonly description?: (clientDataHash: Uint8Array) => readonly Uint8Array[];
  readonly spki?: Uint8Array;
  readonly statement?: (attStmt: CborMap) => CborMap;
}

/** WebAuthn L3 §8.4: a certificate for the new key itself, by the keystore of a phone. */
export function androidAttestation(
  keystore: Holder,
  above: readonly Holder[] = [],
  bend: AndroidBend = {},
): Attestation {
  return ({ authData, clientDataHash, key }) => {
    const { description = (hash) => [androidKeyDescription(hash)], spki = key.spki } = bend;
    const leaf = certificate({
      subject: name({ '2.5.4.3': 'Android Keystore Key' }),
      spki,
      issuer: keystore,
      extensions: description(clientDataHash),
    });
    const attStmt: CborMap = new Map<string, number | Uint8Array | Uint8Array[]>([
      ['alg', key.algorithm],
      ['sig', key.sign(concat(authData, clientDataHash))],
      ['x5c', [leaf, ...[keystore, ...above].map((holder) => holder.certificate)]],
    ]);
    return { fmt: 'android-key', attStmt: bend.statement?.(attStmt) ?? attStmt };
  };
}

/** RFC 5280 §4.2.1.2, method 1, of a P-256 key: the last 65 bytes of its SPKI are the point. In hexadecimal. */
export function keyIdentifierOf({ certificate }: Holder): string {
  const { publicKey } = new X509Certificate(certificate);
  const bits = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
  return createHash('sha1').update(bits).digest('hex');
}
