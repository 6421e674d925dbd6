/** With a real attestation certificate of an early YubiKey, and the real root of its maker. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from './certificate.ts';
import { findPath } from './certificate-path.ts';
import { judgeAttestation, type MetadataEntry } from './judge.ts';
import { repairCertificate } from './repair.ts';

const flawed = fromBase64(`
  MIICHDCCAQagAwIBAgIEOGbfdTALBgkqhkiG9w0BAQswLjEsMCoGA1UEAxMjWXViaWNvIFUyRiBSb290IENBIFNlcmlhbCA0
  NTcyMDA2MzEwIBcNMTQwODAxMDAwMDAwWhgPMjA1MDA5MDQwMDAwMDBaMCsxKTAnBgNVBAMMIFl1YmljbyBVMkYgRUUgU2Vy
  aWFsIDEzODMxMTY3ODYxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEN438dAxzm5RyTtPVI7m4doEGVsE96G+vrs842Q9V
  4sgKG/4LMNxTs13n0EW5bcuPK/lPqOC5AxY8f27cLkh7caMSMBAwDgYKKwYBBAGCxAoBAQQAMAsGCSqGSIb3DQEBCwOCAQEC
  GkdkygCJz5KtuH+oSFOOcsw+/bs0eSlDBHuCFqk5uvTBE1YqNFthR1l5aXlHvOZxqmp8Bnlu1OuxuP1gJxm3Hes89kLpjbHZ
  Zm/wHm23T0WveWfARtbm/0tOCaMUGDS2mvFkZczezzoKgJwKpJp7GUP1vU49rjvcz95qcTpJJp6s+z+c7eC6eca7+6deYRji
  Dw+VfqYe7VJogibKtC33kQN+l+2l4t9gKdK7f8Mn50Xn+fWGK+0psGjLlyo2yGUi3rLHGWUzM13frri2+g21AmrKhFQZBhqk
  0XwHDpj6L9Zx1KzQwpDkdKG0eD7CRuD4mpiHwKTXqFxmKRm6JOp7nA==
`);
const root = fromBase64(`
  MIIDHjCCAgagAwIBAgIEG0BT9zANBgkqhkiG9w0BAQsFADAuMSwwKgYDVQQDEyNZdWJpY28gVTJGIFJvb3QgQ0EgU2VyaWFs
  IDQ1NzIwMDYzMTAgFw0xNDA4MDEwMDAwMDBaGA8yMDUwMDkwNDAwMDAwMFowLjEsMCoGA1UEAxMjWXViaWNvIFUyRiBSb290
  IENBIFNlcmlhbCA0NTcyMDA2MzEwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQC/jwYuhBVlqaiYWEMsrWFisgJ+
  PtM91eSrpI4TK7U53mwCIawSDHy8vUmk5N2KAj9abvT9NP5SMS1hQi3usxoYGonXQgfO6ZXyUA9a+KAkqdFnBnlyugSeCOep
  8EdZFfsaRFtMjkwz5Gcz2Py4vIYvCdMHPtwaz0bVuzneueIEz6TnQjE63Rdt2zbwnebwTG5ZybeWSwbzy+BJ34ZHcUhPAY89
  yJQXuE0IzMZFcEBbPNRbWECRKgjq//qT9nmDOFVlSRCt2wiqPSzluwn+v+suQEBsUjTGMEd25tKXXTkNW21wIWbxeSyUoTXw
  LvGS6xlwQSgNpk2qXYwf8iXg7VWZAgMBAAGjQjBAMB0GA1UdDgQWBBQgIvz0bNGJhjgpToksyKpP9xv9oDAPBgNVHRMECDAG
  AQH/AgEAMA4GA1UdDwEB/wQEAwIBBjANBgkqhkiG9w0BAQsFAAOCAQEAjvjuOMDSa+JXFCLyBKsycXtBVZsJ4Ue3LbaEsPY4
  MYN/hIQ5ZM5p7EjfcnMG4CtYkNsfNHc0AhBLdq45rnT87q/6O3vUEtNMafbhU6kthX7Y+9XFN9NpmYxr+ekVY5xOxi8h9JDI
  goMP4VB1uS0aunL1IGqrNooL9mmFnL2kLVVee6/VR6C5+KSTCMCWppMuJIZII2v9o4dkoZ8Y7QRjQlLfYzd3qGtKbw7xaF1U
  sG/5xUb/Btwb2X2g4InpiB/yt/3CpQXpiWX/K4mBvUKiGn05ZsqeY1gx4g0xLBqcU9psmyPzK+Vsgw2jeRQ5JlKDyqE0hebf
  C1tvFu0CCrJFcw==
`);
const now = Date.UTC(2026, 10, 26);

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** Its first certificate is the flawed one; the statement itself was verified before. */
const attestation = {
  fmt: 'fido-u2f',
  aaguid: '00000000-0000-0000-0000-000000000000',
  x5c: [flawed],
};
const entry: MetadataEntry = {
  description: 'An early YubiKey',
  attestationTypes: ['basic_full'],
  attestationRootCertificates: [root],
  statusReports: [],
};

describe('a certificate whose signature claims unused bits', () => {
  it('does not verify as it is', () => {
    const issuer = new X509Certificate(root);
    expect(new X509Certificate(flawed).verify(issuer.publicKey)).toBe(false);
  });

  it('is repaired in one byte, and verifies', () => {
    const repaired = repairCertificate(flawed);
    const changed = [...repaired.entries()].filter(([at, byte]) => byte !== flawed[at]);
    expect(changed).toEqual([[flawed.length - 257, 0]]);
    expect(parseCertificate(flawed)?.verify(new X509Certificate(root).publicKey)).toBe(true);
  });

  it('leads to the root of its maker', () => {
    const [leaf, anchor] = [flawed, root].map((der) => parseCertificate(der) as X509Certificate);
    expect(findPath([leaf as X509Certificate], [anchor as X509Certificate], now).path).toHaveLength(
      2,
    );
    expect(judgeAttestation(attestation, { entry, anchors: [], now })).toMatchObject({
      trusted: true,
      by: 'metadata',
    });
  });

  it('is known by what metadata reports of it', () => {
    const report = {
      status: 'ATTESTATION_KEY_COMPROMISE',
      effectiveDate: null,
      certificate: flawed,
    };
    const reported = { ...entry, statusReports: [report] };
    expect(judgeAttestation(attestation, { entry: reported, anchors: [], now })).toMatchObject({
      trusted: false,
      reason: 'compromised',
    });
  });

  it('is not repaired if anything else is changed', () => {
    for (const at of [20, 200, flawed.length - 257, flawed.length - 1]) {
      const bent = flawed.with(at, (flawed[at] ?? 0) ^ 1);
      expect(repairCertificate(bent)).toBe(bent);
      const result = judgeAttestation({ ...attestation, x5c: [bent] }, { entry, anchors: [], now });
      expect(result.trusted).toBe(false);
    }
  });
});
