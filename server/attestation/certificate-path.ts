/**
 * A path of certificates from a leaf up to a trust anchor (RFC 5280 §6.1).
 *
 * Guarantees: every link is signed, in its time, by an authority within its path length; nothing is
 * fetched (so no revocation lists); the work is bounded, whatever certificates a sender makes up.
 */
import type { X509Certificate } from 'node:crypto';
import { pathLengthLimit, readExtensions } from './certificate.ts';

/** Why there is no path. */
export type PathFailure =
  | 'malformed'
  | 'not-valid-now'
  | 'weak-signature'
  | 'unknown-critical-extension'
  | 'wrong-signature'
  | 'not-a-ca'
  | 'path-too-long'
  | 'no-anchor';

export type PathResult =
  /** The leaf first, the anchor last; one certificate where the leaf itself is an anchor. */
  { readonly path: readonly X509Certificate[] } | { readonly path: null; failure: PathFailure };

/** No chain in use has more than four. */
const chainLimit = 8;

/** Key usage, alternative name, basic constraints, policies, authority key and extended key usage. */
const understood = ['551d0f', '551d11', '551d13', '551d20', '551d23', '551d25'];

/**
 * Finds the shortest path. The order of the certificates above the leaf does not matter, nor do
 * superfluous ones: a chain may carry cross-signed certificates for other anchors.
 */
export function findPath(
  chain: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: number,
): PathResult {
  const [leaf, ...others] = chain;
  if (leaf === undefined || chain.length > chainLimit) return { path: null, failure: 'malformed' };
  const flaw = ownFlaw(leaf, now);
  if (flaw !== null) return { path: null, failure: flaw };
  if (anchors.some((anchor) => same(anchor, leaf))) return { path: [leaf] };
  return climb(leaf, others, anchors, now);
}

/** Goes up breadth first and visits each certificate once: the shortest way there allows the most. */
function climb(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: number,
): PathResult {
  let failure: PathFailure = 'no-anchor';
  const unvisited = new Set(others);
  const paths: X509Certificate[][] = [[leaf]];
  for (const path of paths) {
    for (const anchor of anchors) {
      const flaw = linkFlaw(path, anchor, now);
      if (flaw === null) return { path: [...path, anchor] };
      if (flaw !== 'no-anchor') failure = flaw;
    }
    for (const issuer of unvisited) {
      const flaw = linkFlaw(path, issuer, now) ?? ownFlaw(issuer, now);
      if (flaw === null) paths.push([...path, issuer]);
      if (flaw === null) unvisited.delete(issuer);
      else if (flaw !== 'no-anchor') failure = flaw;
    }
  }
  return { path: null, failure };
}

/** What speaks against a certificate that is no anchor. */
function ownFlaw(certificate: X509Certificate, now: number): PathFailure | null {
  if (!isValidAt(certificate, now)) return 'not-valid-now';
  // Signatures over MD5 and SHA-1 can be moved to another certificate.
  if (/md\d|sha-?1(?!\d)/i.test(certificate.signatureAlgorithm ?? '')) return 'weak-signature';
  try {
    const foreign = readExtensions(certificate).some(
      ({ id, critical }) => critical && !understood.includes(id),
    );
    return foreign ? 'unknown-critical-extension' : null;
  } catch {
    return 'malformed';
  }
}

/** What speaks against `issuer` as the next one above the path; `no-anchor` where it isn't meant. */
function linkFlaw(
  path: readonly X509Certificate[],
  issuer: X509Certificate,
  now: number,
): PathFailure | null {
  const subject = path.at(-1);
  if (!subject?.checkIssued(issuer)) return 'no-anchor';
  if (!isSignedBy(subject, issuer)) return 'wrong-signature';
  if (!issuer.ca) return 'not-a-ca';
  if (!isValidAt(issuer, now)) return 'not-valid-now';
  // RFC 5280 §4.2.1.9: neither the leaf nor self-issued certificates count
  const between = path.slice(1).filter((each) => each.subject !== each.issuer).length;
  try {
    return between <= pathLengthLimit(issuer) ? null : 'path-too-long';
  } catch {
    return 'malformed';
  }
}

function isSignedBy(subject: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return subject.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return now >= validFromDate.getTime() && now <= validToDate.getTime();
}

function same(one: X509Certificate, other: X509Certificate): boolean {
  return one.fingerprint256 === other.fingerprint256;
}
