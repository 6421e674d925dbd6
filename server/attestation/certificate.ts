/**
 * Certificates (RFC 5280 §4.1), and what Node's X509Certificate keeps to itself of them: extensions,
 * and the bits of the public key. What Node takes and DER has not is a RangeError here.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { firstOf, type Item, readItems } from './der.ts';
import { repairCertificate } from './repair.ts';

interface Extension {
  /** The object identifier, encoded, in hex. */
  readonly id: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

const boolean = 0x01;
const integer = 0x02;
const optionalVersion = 0xa0;
const optionalExtensions = 0xa3;
const basicConstraints = '551d13';

/**
 * The certificate that the bytes are, and nothing else; null if they are none. Left alone, Node looks for PEM
 * first: a forged certificate could carry a genuine one in a string, and be taken for it. Of a few certificates
 * a known flaw is repaired.
 */
export function parseCertificate(der: Uint8Array): X509Certificate | null {
  const repaired = repairCertificate(der);
  try {
    const certificate = new X509Certificate(repaired);
    return Buffer.compare(certificate.raw, repaired) === 0 ? certificate : null;
  } catch {
    return null;
  }
}

/** RFC 5280 §4.2: all extensions, critical or not. */
export function readExtensions(certificate: X509Certificate): Extension[] {
  const extensions = toBeSigned(certificate).find(({ tag }) => tag === optionalExtensions);
  if (extensions === undefined) return [];
  return readItems(firstOf(extensions).content).map((item) => {
    const parts = readItems(item.content);
    const flag = parts[1]?.tag === boolean ? parts[1].content[0] : 0;
    return {
      id: hex(parts[0]?.content),
      critical: flag !== 0,
      value: parts.at(-1)?.content ?? new Uint8Array(),
    };
  });
}

/** RFC 5280 §4.2.1.9: how many certificate authorities may follow below; Infinity unless it says. */
export function pathLengthLimit(certificate: X509Certificate): number {
  const extension = readExtensions(certificate).find(({ id }) => id === basicConstraints);
  if (extension === undefined) return Number.POSITIVE_INFINITY;
  const [constraints] = readItems(extension.value);
  const limit = readItems(constraints?.content ?? new Uint8Array()).find(
    ({ tag }) => tag === integer,
  );
  return limit === undefined ? Number.POSITIVE_INFINITY : Number.parseInt(hex(limit.content), 16);
}

/** RFC 5280 §4.2.1.2, method 1: SHA-1 of the bits of the public key, in hex. */
export function keyIdentifier(certificate: X509Certificate): string {
  const fields = toBeSigned(certificate).filter(({ tag }) => tag !== optionalVersion);
  // serial number, algorithm, issuer, validity, subject: the key is the sixth
  const bits = readItems(fields[5]?.content ?? new Uint8Array())[1]?.content;
  // The first byte of a bit string says how many bits of the last one are unused: none.
  return createHash('sha1')
    .update(bits?.subarray(1) ?? new Uint8Array())
    .digest('hex');
}

function toBeSigned(certificate: X509Certificate): Item[] {
  const [whole] = readItems(certificate.raw);
  return readItems(firstOf(whole).content);
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
