/**
 * Android key attestation (WebAuthn L3 §8.4), without the library: it takes the last certificate that the
 * *sender* put into the statement for a trust anchor, and fetches the revocation lists which that chain names.
 *
 * Guarantees: nothing is fetched, and no certificate is trusted here; whether the chain leads anywhere is for
 * `judge.ts` to say.
 */
import { type KeyObject, verify, type X509Certificate } from 'node:crypto';
import { parseCertificate, readExtensions } from './certificate.ts';
import { type Item, readInteger, readItems } from './der.ts';

export interface AndroidKeyStatement {
  readonly attStmt: ReadonlyMap<unknown, unknown>;
  readonly authData: Uint8Array;
  /** SHA-256 of the client data. */
  readonly clientDataHash: Uint8Array;
  /** The attested key: of ES256 or RS256, which both sign over SHA-256. */
  readonly publicKey: KeyObject;
  /** Its COSE algorithm identifier. */
  readonly algorithm: number;
}

/** 1.3.6.1.4.1.11129.2.1.17, encoded. */
const keyDescription = '2b06010401d679020111';
/** `AuthorizationList`: tags that stand for [1], [600] and [702]. */
const tags = { purpose: 0xa1, allApplications: 0xbf8458, origin: 0xbf853e } as const;
const purposeSign = 2;
const originGenerated = 0;

/** What is wrong with the statement; null if nothing is. */
export function androidKeyFlaw(statement: AndroidKeyStatement): string | null {
  const { attStmt, algorithm } = statement;
  const certificate = leafOf(attStmt.get('x5c'));
  if (certificate === null) return 'x5c does not begin with a certificate';
  if (attStmt.get('alg') !== algorithm) return 'alg is not the algorithm of the key';
  try {
    return signatureFlaw(statement, certificate) ?? descriptionFlaw(statement, certificate);
  } catch (error) {
    return `the certificate can not be read: ${(error as Error).message}`;
  }
}

function leafOf(x5c: unknown): X509Certificate | null {
  const [leaf] = Array.isArray(x5c) ? x5c : [];
  return leaf instanceof Uint8Array ? parseCertificate(leaf) : null;
}

/** The signature is by the key of the first certificate, and that is the attested key. */
function signatureFlaw(
  { attStmt, authData, clientDataHash, publicKey }: AndroidKeyStatement,
  certificate: X509Certificate,
): string | null {
  if (!certificate.publicKey.equals(publicKey)) return 'the certificate is for another key';
  const sig = attStmt.get('sig');
  const signed = Buffer.concat([authData, clientDataHash]);
  const isValid = sig instanceof Uint8Array && verify('sha256', signed, publicKey, sig);
  return isValid ? null : 'the signature of the statement is not valid';
}

function descriptionFlaw(
  { clientDataHash }: AndroidKeyStatement,
  certificate: X509Certificate,
): string | null {
  const extension = readExtensions(certificate).find(({ id }) => id === keyDescription);
  if (extension === undefined) return 'the certificate describes no key';
  const [description] = readItems(extension.value);
  // KeyDescription: version, security level, the same of the key master, challenge, unique ID, two lists
  const fields = readItems(description?.content ?? new Uint8Array());
  const [, , , , challenge, , software, hardware] = fields;
  if (hardware === undefined) return 'the description of the key is cut off';
  if (!Buffer.from(clientDataHash).equals(challenge?.content ?? new Uint8Array())) {
    return 'the key was attested for another challenge';
  }
  const entries = [software, hardware].flatMap((list) =>
    readItems(list?.content ?? new Uint8Array()),
  );
  return listFlaw(entries);
}

/**
 * Both lists together: whether hardware enforces them follows from the root that the chain leads to. What a
 * list does not say (as in the specification's own example, §16) speaks against nothing.
 */
function listFlaw(entries: readonly Item[]): string | null {
  const ofTag = (tag: number) => entries.filter((entry) => entry.tag === tag);
  if (ofTag(tags.allApplications).length > 0) return 'the key is for all applications';
  const origins = ofTag(tags.origin).map(({ content }) => readInteger(readItems(content)[0]));
  if (origins.some((origin) => origin !== originGenerated))
    return 'the key was not generated there';
  const purposes = ofTag(tags.purpose).map(({ content }) =>
    readItems(readItems(content)[0]?.content ?? new Uint8Array()).map(readInteger),
  );
  const signs = purposes.every((list) => list.includes(purposeSign));
  return signs ? null : 'the key is not for signatures';
}
