import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../config.ts';
import { authority } from '../testing/certificate.ts';
import { pem, serviceHost } from '../testing/metadata.ts';
import { readCertificates, signingAnchors } from './trust-anchors.ts';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, 'roots.pem');
  writeFileSync(path, content);
  return path;
}

describe('the roots that may sign metadata', () => {
  it('are those of the FIDO Alliance’s service, which alone may sign under them', () => {
    const anchors = signingAnchors(undefined);
    expect(anchors.map(({ certificate }) => certificate.subject.split('\n').at(-1))).toContain(
      'CN=GlobalSign Root R46',
    );
    for (const { certificate, host } of anchors) {
      expect(certificate.subject).toContain('O=GlobalSign');
      expect(host).toBe(serviceHost);
    }
  });

  it('are else those of a file, whoever signs under them', () => {
    const path = file(`# two\n${pem(authority('One'))}\n${pem(authority('Two'))}`);
    expect(
      signingAnchors(path).map(({ certificate, host }) => [certificate.subject, host]),
    ).toEqual([
      ['CN=One', null],
      ['CN=Two', null],
    ]);
  });

  it('let only the service sign if a root in the file is public', () => {
    expect(signingAnchors(file(rootCertificates[0] ?? ''))).toMatchObject([{ host: serviceHost }]);
  });
});

describe('a file of certificates', () => {
  it.each([
    ['is empty', ''],
    ['holds none', 'certificates'],
    ['holds what is none', pem(authority('One')).replace(/M[^\n]+/, 'MAAA')],
  ])('is named if it %s', (_claim, content) => {
    const path = file(content);
    expect(() => readCertificates('METADATA_ROOT', path)).toThrow(ConfigError);
    expect(() => readCertificates('METADATA_ROOT', path)).toThrow(`METADATA_ROOT: ${path}: `);
  });

  it('is named if it is missing', () => {
    expect(() => readCertificates('ATTESTATION_ROOTS', join(folder, 'none.pem'))).toThrow(
      /ATTESTATION_ROOTS: .*ENOENT/,
    );
  });
});
