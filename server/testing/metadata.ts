/** A FIDO metadata service for tests: its certificates, and the BLOBs that it signs. */
import { sign, X509Certificate } from 'node:crypto';
import { model } from './attestation.ts';
import { authority, certified, type Holder, name, subjectHost } from './certificate.ts';

export const serviceHost = 'mds.fidoalliance.org';
export const serviceRoot = authority('Metadata root');
const intermediate = authority('Metadata intermediate', { issuer: serviceRoot });

const signer = certified(name({ '2.5.4.3': serviceHost }), {
  issuer: intermediate,
  extensions: [subjectHost(serviceHost)],
});
/** The signer first, then the certificates above it. */
export const serviceChain = [signer, intermediate] as const;

interface BlobParts {
  readonly no?: number;
  readonly nextUpdate?: string;
  readonly entries?: readonly unknown[];
  readonly header?: Record<string, unknown>;
  readonly chain?: readonly Holder[];
}

/** A signed BLOB (FIDO Metadata Service §3.1.7); by default the next issue is due next year. */
export function metadataBlob({
  no = 1,
  nextUpdate = `${new Date().getUTCFullYear() + 1}-01-01`,
  entries = [],
  header = {},
  chain = serviceChain,
}: BlobParts = {}): string {
  const x5c = chain.map(({ certificate }) => Buffer.from(certificate).toString('base64'));
  const payload = { legalHeader: 'None.', no, nextUpdate, entries };
  const signed = [{ alg: 'ES256', typ: 'JWT', x5c, ...header }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = (chain[0] ?? signer).privateKey;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** FIDO Metadata Service §3.1.1: the entry of a model whose attestations lead to these roots. */
export function metadataEntry(roots: readonly Holder[], members: Record<string, unknown> = {}) {
  return {
    aaguid: model,
    metadataStatement: {
      description: 'Key of the maker',
      icon: 'data:image/png;base64,',
      attestationTypes: ['basic_full'],
      attestationRootCertificates: roots.map(({ certificate }) =>
        Buffer.from(certificate).toString('base64'),
      ),
    },
    statusReports: [{ status: 'FIDO_CERTIFIED_L1', effectiveDate: '2020-01-01' }],
    timeOfLastStatusChange: '2020-01-01',
    ...members,
  };
}

export function pem({ certificate }: Holder): string {
  return new X509Certificate(certificate).toString();
}
