/**
 * Whether an attestation is trusted (WebAuthn L3 §7.1 steps 23–24): does its certificate chain end
 * where the FIDO metadata of its model, or the operator, says, and is the model still sound?
 *
 * Guarantees: `none` and self attestation are never trusted, nor is anything that is not known. That
 * the statement itself is valid (step 22) was shown before.
 */
import type { X509Certificate } from 'node:crypto';
import { keyIdentifier, parseCertificate } from './certificate.ts';
import { findPath, type PathResult } from './certificate-path.ts';

/** FIDO Metadata Service §3.1.3. */
export interface StatusReport {
  readonly status: string;
  readonly effectiveDate: string | null;
  /** DER; what the report is about where it is about less than the whole model. */
  readonly certificate: Uint8Array | null;
}

/** What the FIDO metadata says of a model (FIDO Metadata Service §3.1.1). */
export interface MetadataEntry {
  readonly description: string | null;
  readonly attestationTypes: readonly string[];
  /** DER: certificate authorities, or attestation certificates themselves. */
  readonly attestationRootCertificates: readonly Uint8Array[];
  readonly statusReports: readonly StatusReport[];
}

/** What a valid attestation statement shows. */
export interface Attestation {
  readonly fmt: string;
  readonly aaguid: string;
  /** DER, the attestation certificate first; empty without certificates. */
  readonly x5c: readonly Uint8Array[];
}

export interface Grounds {
  /** The metadata of the model, found by {@link modelIdentifier}. */
  readonly entry: MetadataEntry | null;
  /** The operator's own trust anchors, in DER. */
  readonly anchors: readonly Uint8Array[];
  readonly now: number;
}

type Distrust =
  | 'no-attestation'
  | 'self-attestation'
  | 'malformed-certificate'
  | 'unknown-model'
  | 'untrusted-path'
  | 'compromised';

export type AttestationTrust =
  | {
      readonly trusted: true;
      readonly by: 'metadata' | 'operator';
      /** The model's name in the metadata. */
      readonly description: string | null;
    }
  | { readonly trusted: false; readonly reason: Distrust; readonly detail: string };

const noModel = '00000000-0000-0000-0000-000000000000';

/** FIDO Metadata Service §3.1.4: whoever has one of these may be somebody else. */
const compromises = [
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
];

/** FIDO Registry §3.6.3: the attestation types that come with certificates. */
const certifiedTypes = ['basic_full', 'attca', 'anonca'];

/**
 * What metadata knows a model by: its AAGUID, or the key identifier of the attestation certificate
 * where that is zero (fido-u2f has none).
 */
export function modelIdentifier({ aaguid, x5c }: Omit<Attestation, 'fmt'>): string {
  if (aaguid !== noModel) return aaguid;
  const [leaf] = parseAll(x5c.slice(0, 1)) ?? [];
  return leaf === undefined ? noModel : keyIdentifier(leaf);
}

/** Judges an attestation whose statement is valid. */
export function judgeAttestation(attestation: Attestation, grounds: Grounds): AttestationTrust {
  const { fmt, x5c } = attestation;
  const { entry, anchors, now } = grounds;
  if (fmt === 'none') return distrust('no-attestation', 'the authenticator attests nothing');
  if (x5c.length === 0) return distrust('self-attestation', 'the key vouches for itself');
  const chain = parseAll(x5c);
  if (chain === null) return distrust('malformed-certificate', 'a certificate that is none');

  const byMetadata = findPath(chain, parseSome(rootsOf(entry)), now);
  const byOperator = findPath(chain, parseSome(anchors), now);
  const path = byMetadata.path ?? byOperator.path;
  // What is known to be broken is not trusted, whoever vouches for it.
  const report = entry?.statusReports.find((each) =>
    concerns(each, [...chain, ...(path ?? [])], now),
  );
  if (report !== undefined) return distrust('compromised', report.status);
  if (path !== null) {
    const by = byMetadata.path === null ? 'operator' : 'metadata';
    return { trusted: true, by, description: entry?.description ?? null };
  }
  const failure = failureOf(byMetadata, byOperator);
  return entry === null && failure === 'no-anchor'
    ? distrust('unknown-model', modelIdentifier(attestation))
    : distrust('untrusted-path', failure);
}

/** A model of self attestation alone has no roots, whatever its entry lists. */
function rootsOf(entry: MetadataEntry | null): readonly Uint8Array[] {
  const certified = entry?.attestationTypes.some((type) => certifiedTypes.includes(type)) ?? false;
  return certified && entry !== null ? entry.attestationRootCertificates : [];
}

/**
 * Whether a report speaks against these certificates now. A later one, such as of an update, lifts
 * nothing: an attestation does not show whether its authenticator has it.
 */
function concerns(report: StatusReport, chain: readonly X509Certificate[], now: number): boolean {
  if (!compromises.includes(report.status)) return false;
  // A date that is none must not keep a report from counting.
  if (Date.parse(report.effectiveDate ?? '') > now) return false;
  const { certificate, status } = report;
  if (certificate === null || status !== 'ATTESTATION_KEY_COMPROMISE') return true;
  // FIDO Metadata Service §3.1.4: the certificate names the batch
  const reported = parseCertificate(certificate);
  return chain.some(({ fingerprint256 }) => fingerprint256 === reported?.fingerprint256);
}

/** The one that says more: a path that broke, over one that leads elsewhere. */
function failureOf(...outcomes: readonly PathResult[]): string {
  const failures = outcomes.flatMap((each) => (each.path === null ? [each.failure] : []));
  return failures.find((failure) => failure !== 'no-anchor') ?? 'no-anchor';
}

function parseAll(ders: readonly Uint8Array[]): X509Certificate[] | null {
  const parsed = parseSome(ders);
  return parsed.length === ders.length ? parsed : null;
}

/** The certificates among them: one root of an entry that can't be read leaves the others. */
function parseSome(ders: readonly Uint8Array[]): X509Certificate[] {
  return ders.map(parseCertificate).filter((each) => each !== null);
}

function distrust(reason: Distrust, detail: string): AttestationTrust {
  return { trusted: false, reason, detail };
}
