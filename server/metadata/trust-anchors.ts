/** The root certificates: those in the operator's files, and some of those that come with Node. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { ConfigError } from '../config.ts';

/** A root certificate that the signature of a BLOB may lead to. */
export interface SigningAnchor {
  readonly certificate: X509Certificate;
  /** The host that the signer's certificate must name; null if the root certifies only signers of metadata. */
  readonly host: string | null;
}

const service = 'mds.fidoalliance.org';

/** GlobalSign Root R46, above the FIDO Alliance's service since August 2026, and Root CA - R3 before. */
const serviceRoots = [
  '4F:A3:12:6D:8D:3A:11:D1:C4:85:5A:4F:80:7C:BA:D6:CF:91:9D:3A:5A:88:B0:3B:EA:2C:63:72:D9:3C:40:C9',
  'CB:B5:22:D7:B7:F1:27:AD:6A:01:13:86:5B:DF:1C:D4:10:2E:7D:07:59:AF:63:5A:7C:F4:72:0D:C9:63:C5:3B',
];

/**
 * The roots in the file of `METADATA_ROOT`, or else those of the FIDO Alliance's service.
 *
 * @throws {ConfigError} if the file can't be read or has no certificates
 */
export function signingAnchors(path: string | undefined): SigningAnchor[] {
  const publicRoots = rootCertificates.map((pem) => new X509Certificate(pem));
  const roots =
    path === undefined
      ? publicRoots.filter(({ fingerprint256 }) => serviceRoots.includes(fingerprint256))
      : readCertificates('METADATA_ROOT', path);
  return roots.map((certificate) => {
    // Any site can get a certificate under a public root, so the signer must be the service itself.
    const isPublic = publicRoots.some((each) => each.fingerprint256 === certificate.fingerprint256);
    return { certificate, host: isPublic ? service : null };
  });
}

/**
 * All certificates of a PEM file.
 *
 * @throws {ConfigError} if the file can't be read or has none
 */
export function readCertificates(variable: string, path: string): X509Certificate[] {
  try {
    const blocks = readFileSync(path, 'utf8').match(
      /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
    );
    if (blocks === null) throw new Error('no certificate in PEM');
    return blocks.map((pem) => new X509Certificate(pem));
  } catch (error) {
    throw new ConfigError([`${variable}: ${path}: ${(error as Error).message}`]);
  }
}
