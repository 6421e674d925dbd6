/** Makes X.509 certificates (RFC 5280) for attestation statements, always with ECDSA on P-256. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { concat, utf8 } from './authenticator-data.ts';

type Der = Uint8Array;

export interface Issuer {
  readonly name: Der;
  readonly privateKey: KeyObject;
}

export interface CertificateParts {
  readonly subject: Der;
  readonly spki: Uint8Array;
  readonly issuer: Issuer;
  readonly extensions: readonly Der[];
  /** The first and the last year of validity, relative to this year. */
  readonly years?: readonly [number, number] | undefined;
  readonly hash?: 'sha256' | 'sha1' | undefined;
}

export function certificate(parts: CertificateParts): Der {
  const { subject, spki, issuer, extensions, years = [-1, 1], hash = 'sha256' } = parts;
  const algorithm = sequence(oid(`1.2.840.10045.4.${hash === 'sha1' ? '1' : '3.2'}`));
  const year = new Date().getUTCFullYear();
  const validity = sequence(time(year + years[0]), time(year + years[1]));
  const body = sequence(
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, Uint8Array.of(1)),
    algorithm,
    issuer.name,
    validity,
    subject,
    spki,
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign(hash, body, issuer.privateKey);
  return sequence(body, algorithm, der(0x03, Uint8Array.of(0), signature));
}

/** A key with a certificate for it. */
export interface Holder extends Issuer {
  readonly certificate: Der;
}

/** A new key with a certificate for it: from an issuer, or self-signed. */
export function certified(
  subject: Der,
  parts: Partial<Pick<CertificateParts, 'issuer' | 'extensions' | 'years' | 'hash'>> = {},
): Holder {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = { name: subject, privateKey };
  const { issuer = own, extensions = [], ...rest } = parts;
  const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  return { ...own, certificate: certificate({ subject, spki, issuer, extensions, ...rest }) };
}

/** A certificate authority: below an issuer, or a root. */
export function authority(
  commonName: string,
  { pathLength, ...parts }: Parameters<typeof certified>[1] & { pathLength?: number } = {},
): Holder {
  const extensions = [basicConstraints(pathLength), ...(parts.extensions ?? [])];
  return certified(name({ '2.5.4.3': commonName }), { ...parts, extensions });
}

/** Attributes by object identifier: 2.5.4.3 is CN, .6 is C, .10 is O, .11 is OU. */
export function name(attributes: Readonly<Record<string, string>>): Der {
  const parts = Object.entries(attributes).map(([type, value]) =>
    der(0x31, sequence(oid(type), der(0x0c, utf8(value)))),
  );
  return sequence(...parts);
}

export function extension(id: string, value: Der, critical = false): Der {
  const flag = critical ? [der(0x01, Uint8Array.of(0xff))] : [];
  return sequence(oid(id), ...flag, der(0x04, value));
}

/** RFC 5280 §4.2.1.9: this is a certificate authority. */
export function basicConstraints(pathLength?: number): Der {
  const limit = pathLength === undefined ? [] : [der(0x02, Uint8Array.of(pathLength))];
  const constraints = sequence(der(0x01, Uint8Array.of(0xff)), ...limit);
  return extension('2.5.29.19', constraints, true);
}

/** RFC 5280 §4.2.1.6. */
export function subjectHost(host: string): Der {
  return extension('2.5.29.17', sequence(der(0x82, utf8(host))));
}

/** WebAuthn L3 §8.2.1: the model that the certificate is for. */
export function modelExtension(aaguid: string): Der {
  const bytes = Buffer.from(aaguid.replaceAll('-', ''), 'hex');
  return extension('1.3.6.1.4.1.45724.1.1.4', der(0x04, bytes));
}

/** RFC 5280 §4.2.1.13: where to ask whether the certificate was revoked. */
export function crlDistributionPoint(url: string): Der {
  const fullName = der(0xa0, der(0x86, utf8(url)));
  return extension('2.5.29.31', sequence(sequence(der(0xa0, fullName))));
}

/** What an authorization list says (Android's `AuthorizationList`); what is left out it does not say. */
export interface AndroidList {
  readonly purposes?: readonly number[];
  readonly allApplications?: true;
  readonly origin?: number;
}

/** As Android's keystore describes a key that it made, and that signs. */
export const androidGenerated: AndroidList = { purposes: [2], origin: 0 };

/** WebAuthn L3 §8.4: the key description of an Android key store. */
export function androidKeyDescription(
  challenge: Uint8Array,
  lists: { software?: AndroidList; hardware?: AndroidList } = { hardware: androidGenerated },
): Der {
  const integer = der(0x02, Uint8Array.of(4));
  const level = der(0x0a, Uint8Array.of(1));
  return extension(
    androidKeyDescriptionId,
    sequence(
      ...[integer, level, integer, level],
      der(0x04, challenge),
      der(0x04),
      ...[lists.software ?? {}, lists.hardware ?? {}].map(authorizationList),
    ),
  );
}

export const androidKeyDescriptionId = '1.3.6.1.4.1.11129.2.1.17';

function authorizationList({ purposes, allApplications, origin }: AndroidList): Der {
  const small = (value: number) => der(0x02, Uint8Array.of(value));
  const tagged = (tag: string, content: Der) =>
    concat(Buffer.from(tag, 'hex'), Uint8Array.of(content.length), content);
  return sequence(
    // [1], [600] and [702]
    ...(purposes === undefined ? [] : [der(0xa1, der(0x31, ...purposes.map(small)))]),
    ...(allApplications === undefined ? [] : [tagged('bf8458', der(0x05))]),
    ...(origin === undefined ? [] : [tagged('bf853e', small(origin))]),
  );
}

/** WebAuthn L3 §8.8. */
export function appleNonce(nonce: Uint8Array): Der {
  return extension('1.2.840.113635.100.8.2', sequence(der(0xa1, der(0x04, nonce))));
}

function der(tag: number, ...contents: Uint8Array[]): Der {
  const content = concat(...contents);
  const { length } = content;
  if (length < 0x80) return concat(Uint8Array.of(tag, length), content);
  if (length < 0x100) return concat(Uint8Array.of(tag, 0x81, length), content);
  return concat(Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), content);
}

function sequence(...items: Der[]): Der {
  return der(0x30, ...items);
}

function oid(text: string): Der {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Uint8Array.from(bytes));
}

function time(year: number): Der {
  return der(0x17, utf8(`${String(year).slice(2)}0101000000Z`));
}
