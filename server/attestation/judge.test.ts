import { describe, expect, it } from 'vitest';
import {
  androidAttestation,
  attestationCertificate,
  keyIdentifierOf,
  model,
  packedAttestation as packed,
  u2fAttestation,
} from '../testing/attestation.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { Attestation as Statement } from '../testing/bend.ts';
import { creationOptions, expectedRegistration, register, site } from '../testing/ceremony.ts';
import { authority, certified, extension, type Holder, name } from '../testing/certificate.ts';
import { pem } from '../testing/metadata.ts';
import {
  attestationRoot,
  hexToBase64url,
  origin,
  registrationResponse,
  rpId,
  vectors,
} from '../testing/vectors.ts';
import {
  type Attestation,
  judgeAttestation,
  type MetadataEntry,
  modelIdentifier,
  type StatusReport,
} from './judge.ts';

const noModel = '00000000-0000-0000-0000-000000000000';
const root = authority('Maker root');
const intermediate = authority('Maker intermediate', { issuer: root });
const leaf = attestationCertificate(root);
const lowerLeaf = attestationCertificate(intermediate);
const keystore = authority('Keystore', { issuer: intermediate });
const stranger = authority('Stranger');

function entryOf(roots: readonly Holder[], members: Partial<MetadataEntry> = {}): MetadataEntry {
  return {
    description: 'Key of the maker',
    attestationTypes: ['basic_full'],
    attestationRootCertificates: roots.map(({ certificate }) => certificate),
    statusReports: [
      { status: 'FIDO_CERTIFIED_L1', effectiveDate: '2020-01-01', certificate: null },
    ],
    ...members,
  };
}

/** A model with a bad report. */
function reported(report: Partial<StatusReport>): MetadataEntry {
  const bad = { status: 'REVOKED', effectiveDate: '2020-01-01', certificate: null, ...report };
  const mended = { status: 'UPDATE_AVAILABLE', effectiveDate: '2021-01-01', certificate: null };
  return entryOf([root], { statusReports: [bad, mended] });
}

/** A real response, verified as every response is. */
async function attested(attestation: Statement, aaguid = model): Promise<Attestation> {
  const authenticator = new SoftwareAuthenticator({ origin: site.origin, aaguid });
  const response = await authenticator.create(creationOptions, { attestation });
  return register(response, { ...expectedRegistration, attestation: 'direct' });
}

async function judged(
  statement: Statement,
  entry: MetadataEntry | null,
  anchors: readonly Holder[] = [],
) {
  return judgeAttestation(await attested(statement), {
    entry,
    anchors: anchors.map(({ certificate }) => certificate),
    now: Date.now(),
  });
}

type Row = [claim: string, statement: Statement, entry: MetadataEntry | null, anchors?: Holder[]];

const shallow = authority('Shallow root', { pathLength: 1 });
const first = authority('First', { issuer: shallow });
const second = authority('Second', { issuer: first });

// WebAuthn L3 §7.1 steps 23–24
describe('an attestation is trusted', () => {
  const byMetadata: Row[] = [
    ['right below a root of its model', packed(leaf), entryOf([stranger, root])],
    ['through an intermediate', packed(lowerLeaf, intermediate), entryOf([root])],
    ['with the root sent along', packed(leaf, root), entryOf([root])],
    [
      'through certificates in disorder, some of them superfluous',
      packed(lowerLeaf, stranger, root, intermediate),
      entryOf([root]),
    ],
    ['below an intermediate that is listed itself', packed(lowerLeaf), entryOf([intermediate])],
    ['where its own certificate is listed', packed(leaf), entryOf([leaf])],
    ['of a phone', androidAttestation(keystore, [intermediate]), entryOf([root])],
    [
      'of a phone, with the root sent along',
      androidAttestation(keystore, [intermediate, root]),
      entryOf([root]),
    ],
    [
      'as deep as the path length allows',
      packed(attestationCertificate(first), first),
      entryOf([shallow]),
    ],
    [
      'beside a report that comes into force later',
      packed(leaf),
      reported({ effectiveDate: '2999-01-01' }),
    ],
    [
      'beside the report of another batch',
      packed(leaf),
      reported({ status: 'ATTESTATION_KEY_COMPROMISE', certificate: lowerLeaf.certificate }),
    ],
    ['beside a report of a status unknown to us', packed(leaf), reported({ status: 'SOMETHING' })],
  ];
  it.each(byMetadata)('by metadata, %s', async (_claim, statement, entry) => {
    expect(await judged(statement, entry)).toEqual({
      trusted: true,
      by: 'metadata',
      description: 'Key of the maker',
    });
  });

  const byOperator: Row[] = [
    ['of a model that nobody knows', packed(leaf), null, [stranger, root]],
    ['of a model whose metadata leads elsewhere', packed(leaf), entryOf([stranger]), [root]],
  ];
  it.each(byOperator)('by the operator, %s', async (_claim, statement, entry, anchors) => {
    expect(await judged(statement, entry, anchors)).toMatchObject({
      trusted: true,
      by: 'operator',
    });
  });

  it('as fido-u2f, which metadata knows by the key of its certificate', async () => {
    const attestation = await attested(u2fAttestation(leaf), noModel);
    expect(modelIdentifier(attestation)).toBe(keyIdentifierOf(leaf));
    const grounds = { entry: entryOf([root]), anchors: [], now: Date.now() };
    expect(judgeAttestation(attestation, grounds)).toMatchObject({ trusted: true, by: 'metadata' });
  });
});

const expired = authority('Expired', { issuer: root, years: [-3, -1] });
const early = authority('Early', { issuer: root, years: [1, 2] });
const expiredRoot = authority('Expired root', { years: [-3, -1] });
const notAuthority = certified(name({ '2.5.4.3': 'No authority' }), { issuer: root });
const impostor = authority('Maker root');
const constrained = authority('Constrained', {
  issuer: root,
  extensions: [extension('2.5.29.30', Uint8Array.of(0x30, 0), true)],
});
/** The sender's own certificate, with a genuine one as text where Node would look first. */
const twoFaced = attestationCertificate(stranger, {
  extensions: [extension('1.2.3.4', new TextEncoder().encode(`\n${pem(leaf)}`))],
});
const compromised = [
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
];

describe('an attestation is not trusted', () => {
  type Refused = [reason: string, detail: string, ...Row];
  const entry = entryOf([root]);
  const below = (issuer: Holder, ...above: Holder[]) =>
    packed(attestationCertificate(issuer), issuer, ...above);
  const broken = {
    certificate: Uint8Array.of(0x30, 0),
    name: root.name,
    privateKey: root.privateKey,
  };
  const refused: Refused[] = [
    ['no-attestation', '', 'where there is none', 'none', entry, [root]],
    ['self-attestation', '', 'where the key vouches for itself', 'packed-self', entry, [root]],
    ['unknown-model', model, 'of a model that nobody knows', packed(leaf), null, [stranger]],
    ['malformed-certificate', '', 'with a certificate that is none', packed(leaf, broken), entry],
    ['untrusted-path', 'no-anchor', 'from a foreign root', below(stranger), entry],
    [
      'untrusted-path',
      'no-anchor',
      'of a phone that names a root of its own',
      androidAttestation(authority('Keystore', { issuer: stranger }), [stranger]),
      entry,
    ],
    ['untrusted-path', 'no-anchor', 'without the intermediate', packed(lowerLeaf), entry],
    [
      'untrusted-path',
      'no-anchor',
      'of a model that attests only itself',
      packed(leaf),
      entryOf([root], { attestationTypes: ['basic_surrogate'] }),
    ],
    [
      'untrusted-path',
      'wrong-signature',
      'from a root of the same name',
      packed(attestationCertificate(impostor)),
      entry,
    ],
    ['untrusted-path', 'wrong-signature', 'from such a root, sent along', below(impostor), entry],
    ['untrusted-path', 'not-valid-now', 'through an intermediate of old', below(expired), entry],
    ['untrusted-path', 'not-valid-now', 'through an intermediate to come', below(early), entry],
    [
      'untrusted-path',
      'not-valid-now',
      'from a root of old',
      below(expiredRoot),
      entryOf([expiredRoot]),
    ],
    ['untrusted-path', 'not-a-ca', 'issued by what is no authority', below(notAuthority), entry],
    [
      'untrusted-path',
      'not-a-ca',
      'below an anchor that is none',
      below(notAuthority),
      entryOf([notAuthority]),
    ],
    [
      'untrusted-path',
      'path-too-long',
      'deeper than the path length',
      below(second, first),
      entryOf([shallow]),
    ],
    [
      'untrusted-path',
      'unknown-critical-extension',
      'under a constraint unknown to us',
      below(constrained),
      entry,
    ],
    [
      'untrusted-path',
      'weak-signature',
      'with a certificate signed over SHA-1',
      packed(attestationCertificate(root, { hash: 'sha1' })),
      entry,
    ],
    [
      'untrusted-path',
      'malformed',
      'with more certificates than anyone needs',
      packed(leaf, ...Array(8).fill(root)),
      entry,
    ],
    [
      'malformed-certificate',
      '',
      'with a genuine certificate inside a forged one',
      packed(twoFaced),
      entry,
    ],
    ...compromised.map(
      (status): Refused => [
        'compromised',
        status,
        `when it is ${status}`,
        packed(leaf),
        reported({ status }),
      ],
    ),
    [
      'compromised',
      'REVOKED',
      'without a date of it',
      packed(leaf),
      reported({ effectiveDate: null }),
    ],
    [
      'compromised',
      'REVOKED',
      'with a date that is none',
      packed(leaf),
      reported({ effectiveDate: 'soon' }),
    ],
    ['compromised', 'REVOKED', 'whatever the operator trusts', packed(leaf), reported({}), [root]],
    ...[leaf, root].map(
      ({ certificate }): Refused => [
        'compromised',
        'ATTESTATION_KEY_COMPROMISE',
        'when a certificate on its path is reported',
        packed(leaf),
        reported({ status: 'ATTESTATION_KEY_COMPROMISE', certificate }),
      ],
    ),
  ];
  it.each(refused)('%s %s: %s', async (reason, detail, _claim, statement, ...grounds) => {
    expect(await judged(statement, ...grounds)).toEqual({
      trusted: false,
      reason,
      detail: detail || expect.any(String),
    });
  });
});

describe('the test vectors of WebAuthn L3 §16', () => {
  const supported = [
    'packed-es256',
    'packed-es384',
    'packed-es512',
    'packed-rs256',
    'packed-eddsa',
    'apple-es256',
    'android-key-es256',
  ];
  const certificate = Buffer.from(attestationRoot.attestation_ca_cert, 'hex');

  it.each(supported)('%s leads to their root, and to no other', async (id) => {
    const vector = vectors.find((each) => each.id === `sctn-test-vectors-${id}`);
    if (vector === undefined) throw new Error('no such vector');
    const attestation = await register(registrationResponse(vector), {
      ...expectedRegistration,
      attestation: 'direct',
      challenge: hexToBase64url(vector.registration.challenge),
      origins: [origin],
      rpIds: [rpId],
      userVerification: false,
      userPresence: true,
      algorithms: [-8, -7, -257, -35, -36],
    });
    expect(attestation.x5c).toHaveLength(1);
    const judge = (anchor: Uint8Array) =>
      judgeAttestation(attestation, { entry: null, anchors: [anchor], now: Date.now() });
    expect(judge(certificate)).toMatchObject({ trusted: true, by: 'operator' });
    expect(judge(root.certificate)).toMatchObject({ trusted: false, reason: 'unknown-model' });
  });
});
