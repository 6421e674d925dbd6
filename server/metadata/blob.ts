/**
 * A FIDO metadata BLOB: a signed list of authenticator models (FIDO Metadata Service §3.1.7).
 *
 * Guarantees: the content was signed by a certificate that is valid now and leads to an anchor. Nothing is
 * fetched: neither certificates by `x5u`, which no service uses, nor revocation lists.
 */
import { verify, type X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { parseCertificate } from '../attestation/certificate.ts';
import { findPath, type PathFailure } from '../attestation/certificate-path.ts';
import { type Entries, payload, readEntries } from './entries.ts';
import type { SigningAnchor } from './trust-anchors.ts';

export interface Blob {
  /** Grows with every issue. */
  readonly no: number;
  /** When the next issue was promised for, in milliseconds since the Unix epoch. */
  readonly nextUpdate: number;
  readonly entries: Entries;
}

export type BlobFailure =
  | PathFailure
  | 'malformed'
  | 'algorithm'
  | 'foreign-signer'
  | 'signature'
  | 'older';

/** Why a BLOB is refused. */
export class BlobError extends Error {
  override readonly name = 'BlobError';
  readonly reason: BlobFailure;

  constructor(reason: BlobFailure, options?: ErrorOptions) {
    super(`the metadata is refused: ${reason}`, options);
    this.reason = reason;
  }
}

const header = z.object({
  alg: z.string(),
  x5c: z.array(z.string()).min(1),
  // RFC 7515 §4.1.11: a critical header that is not understood leads to a refusal, and we understand none
  crit: z.never().optional(),
});

/** RFC 7518 §3.3 and §3.4: signatures by a key pair only, neither `none` nor a shared key. */
const algorithms: Readonly<Record<string, { hash: string; key: string }>> = {
  RS256: { hash: 'sha256', key: 'rsa' },
  RS384: { hash: 'sha384', key: 'rsa' },
  RS512: { hash: 'sha512', key: 'rsa' },
  ES256: { hash: 'sha256', key: 'prime256v1' },
  ES384: { hash: 'sha384', key: 'secp384r1' },
};

/**
 * Opens a BLOB in JWS compact serialisation.
 *
 * @throws {BlobError}
 */
export function openBlob(text: string, anchors: readonly SigningAnchor[], now: number): Blob {
  const parts = text.trim().split('.');
  const [head = '', body = '', signature = ''] = parts;
  if (parts.length !== 3) throw new BlobError('malformed');
  const { alg, x5c } = readJson(head, header);
  const signer = trustedSigner(x5c, anchors, now);
  checkSignature(alg, signer, `${head}.${body}`, signature);
  const { no, nextUpdate, entries } = readJson(body, payload);
  return { no, nextUpdate: Date.parse(nextUpdate), entries: readEntries(entries) };
}

/** The certificate of the signer. It leads to an anchor, or this throws. */
function trustedSigner(
  x5c: readonly string[],
  anchors: readonly SigningAnchor[],
  now: number,
): X509Certificate {
  const chain = x5c.map(readCertificate);
  const roots = anchors.map(({ certificate }) => certificate);
  const found = findPath(chain, roots, now);
  if (found.path === null) throw new BlobError(found.failure);
  const [signer] = found.path;
  const anchor = anchors.find(({ certificate }) => certificate === found.path.at(-1));
  if (signer === undefined || anchor === undefined) throw new BlobError('no-anchor');
  if (anchor.host !== null && signer.checkHost(anchor.host) === undefined) {
    throw new BlobError('foreign-signer');
  }
  return signer;
}

function checkSignature(
  alg: string,
  { publicKey }: X509Certificate,
  signed: string,
  signature: string,
): void {
  const algorithm = Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (algorithm?.key !== (type === 'ec' ? details?.namedCurve : type)) {
    throw new BlobError('algorithm');
  }
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  const bytes = Buffer.from(signature, 'base64url');
  if (!verify(algorithm?.hash, Buffer.from(signed), key, bytes)) throw new BlobError('signature');
}

function readCertificate(base64: string): X509Certificate {
  const certificate = parseCertificate(Buffer.from(base64, 'base64'));
  if (certificate === null) throw new BlobError('malformed');
  return certificate;
}

function readJson<T>(base64url: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(base64url, 'base64url').toString()));
  } catch (cause) {
    throw new BlobError('malformed', { cause });
  }
}
