import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyIdentifierOf, model } from '../testing/attestation.ts';
import { authority, certified, type Holder, name, subjectHost } from '../testing/certificate.ts';
import {
  metadataBlob,
  metadataEntry,
  serviceChain,
  serviceHost,
  serviceRoot,
} from '../testing/metadata.ts';
import { BlobError, openBlob } from './blob.ts';

const anchorOf = ({ certificate }: Holder, host: string | null) => ({
  certificate: new X509Certificate(certificate),
  host,
});
const anchors = [anchorOf(serviceRoot, serviceHost)];
const opened = (text: string) => openBlob(text, anchors, Date.now());
const root = authority('Maker root');

describe('a BLOB of the service', () => {
  it('says its number, when the next one comes, and what it knows of a model', () => {
    const blob = opened(
      metadataBlob({ no: 7, nextUpdate: '2999-12-31', entries: [metadataEntry([root])] }),
    );
    expect(blob).toMatchObject({ no: 7, nextUpdate: Date.UTC(2999, 11, 31) });
    expect(blob.entries.get(model)).toEqual({
      description: 'Key of the maker',
      attestationTypes: ['basic_full'],
      attestationRootCertificates: [new Uint8Array(root.certificate)],
      statusReports: [
        { status: 'FIDO_CERTIFIED_L1', effectiveDate: '2020-01-01', certificate: null },
      ],
    });
  });

  it('knows models without an AAGUID by the keys of their certificates', () => {
    const keys = [keyIdentifierOf(root), 'ABCDEF'];
    const u2f = { aaguid: undefined, attestationCertificateKeyIdentifiers: keys };
    const { entries } = opened(metadataBlob({ entries: [metadataEntry([root], u2f)] }));
    expect([...entries.keys()]).toEqual([keyIdentifierOf(root), 'abcdef']);
  });

  it('leaves out what it can’t read, and what names no model', () => {
    const nameless = metadataEntry([root], { aaguid: '00000000-0000-0000-0000-000000000000' });
    const unreadable = metadataEntry([root], { statusReports: 'none' });
    const { entries } = opened(metadataBlob({ entries: [null, nameless, unreadable] }));
    expect(entries.size).toBe(0);
  });

  it('may end in a line break, as files do', () => {
    expect(opened(`${metadataBlob({ no: 3 })}\n`).no).toBe(3);
  });

  it('need not be for the service’s host under a root that certifies signers alone', () => {
    const signer = certified(name({ '2.5.4.3': 'Signer' }), { issuer: serviceRoot });
    const blob = metadataBlob({ chain: [signer] });
    expect(openBlob(blob, [anchorOf(serviceRoot, null)], Date.now()).no).toBe(1);
  });
});

const [signer, intermediate] = serviceChain;
const stranger = authority('Stranger');
const signedBy = (issuer: Holder, years?: readonly [number, number]) => {
  const parts = { extensions: [subjectHost(serviceHost)], ...(years && { years }) };
  return certified(name({ '2.5.4.3': serviceHost }), { ...parts, issuer });
};
const notAuthority = certified(name({ '2.5.4.3': 'No authority' }), { issuer: serviceRoot });
const otherSite = certified(name({ '2.5.4.3': 'example.com' }), {
  issuer: serviceRoot,
  extensions: [subjectHost('example.com')],
});

/** The text with one of its three parts changed. */
function bent(part: 0 | 1 | 2, change: (text: string) => string): string {
  const parts = metadataBlob().split('.');
  return parts.map((each, index) => (index === part ? change(each) : each)).join('.');
}
const encoded = (value: string) => Buffer.from(value).toString('base64url');
const withHeader = (header: Record<string, unknown>) => metadataBlob({ header });

describe('a BLOB is refused', () => {
  const refused: [reason: string, claim: string, text: string][] = [
    ['signature', 'with another payload', bent(1, () => encoded('{"no":2}'))],
    ['signature', 'with another signature', bent(2, (text) => encoded(text).slice(0, 86))],
    ['signature', 'without a signature', bent(2, () => '')],
    ['signature', 'cut off', metadataBlob().slice(0, -9)],
    [
      'signature',
      'signed by another key',
      metadataBlob({ chain: [{ ...signer, privateKey: stranger.privateKey }, intermediate] }),
    ],
    ['algorithm', 'unsigned', `${withHeader({ alg: 'none' }).split('.').slice(0, 2).join('.')}.`],
    ['algorithm', 'with a shared key', withHeader({ alg: 'HS256' })],
    ['algorithm', 'by another kind of key', withHeader({ alg: 'RS256' })],
    ['algorithm', 'by a key of another curve', withHeader({ alg: 'ES384' })],
    ['algorithm', 'by what every object has', withHeader({ alg: 'toString' })],
    [
      'malformed',
      'without certificates',
      withHeader({ x5c: undefined, x5u: 'https://example.com/' }),
    ],
    ['malformed', 'with no certificate in them', withHeader({ x5c: ['AAAA'] })],
    ['malformed', 'with a header we may not ignore', withHeader({ crit: ['b64'], b64: false })],
    ['malformed', 'cut off before the signature', metadataBlob().split('.').slice(0, 2).join('.')],
    ['malformed', 'with a header that is none', bent(0, () => encoded('[]'))],
    ['malformed', 'of a page that is none', '<!doctype html>'],
    ['malformed', 'without a date', metadataBlob({ nextUpdate: 'soon' })],
    ['malformed', 'with half a number', metadataBlob({ no: 1.5 })],
    ['no-anchor', 'from a foreign root', metadataBlob({ chain: [signedBy(stranger), stranger] })],
    [
      'not-valid-now',
      'with a certificate of old',
      metadataBlob({ chain: [signedBy(serviceRoot, [-3, -1])] }),
    ],
    [
      'not-valid-now',
      'with a certificate to come',
      metadataBlob({ chain: [signedBy(serviceRoot, [1, 2])] }),
    ],
    [
      'not-a-ca',
      'through what is no authority',
      metadataBlob({ chain: [signedBy(notAuthority), notAuthority] }),
    ],
    ['foreign-signer', 'by another site under the same root', metadataBlob({ chain: [otherSite] })],
  ];
  it.each(refused)('as %s: %s', (reason, _claim, text) => {
    expect(() => opened(text)).toThrow(BlobError);
    expect(() => opened(text)).toThrow(expect.objectContaining({ reason }));
  });
});
