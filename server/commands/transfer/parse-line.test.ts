import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../../base64url.ts';
import { codeBlocks, document } from '../../testing/documents.ts';
import {
  account,
  credential,
  id,
  now,
  parse,
  publicKey,
  spki,
  userHandle,
  withCredential,
  zeros,
} from '../../testing/import-lines.ts';

describe('a line of our own form', () => {
  it('needs no more than name, handle, credential ID and key', () => {
    expect(parse(account)).toEqual({
      user: {
        ...{ id: userHandle, username: 'bob', displayName: 'bob', createdAt: now },
        ...{ disabledAt: null, policy: null },
      },
      usernameKey: 'bob',
      credentials: [
        {
          ...{ id, userId: userHandle, name: 'Passkey', state: 'active' },
          ...{ publicKey, algorithm: -7, signCount: 0, uvInitialized: true },
          ...{ backupEligible: false, backedUp: false, backupKnown: false },
          ...{ transports: [], aaguid: zeros, attachment: null, rpId: 'example.org' },
          ...{
            createdAt: now,
            lastUsedAt: null,
            useKnown: false,
            lastUserAgent: null,
            lastCountry: null,
          },
          ...{ upgradeAfter: null, counterFellAt: null, userHandle: { kind: 'account' } },
          attested: false,
        },
      ],
      audit: [
        {
          ...{ at: now, kind: 'account-imported', userId: userHandle },
          ...{ credentialId: null, sessionId: null },
          evidence: { by: 'import', operator: 'ann', source: 'latchkey', passkeys: 1 },
        },
      ],
    });
  });

  it('may say null for what it does not have', () => {
    const nothing = { name: null, transports: null, aaguid: null, backedUp: null, state: null };
    expect(parse({ ...withCredential(nothing), displayName: null })).toEqual(parse(account));
  });

  it('may say when a passkey was used last, or that it never was', () => {
    const moment = '2024-05-06T07:08:09Z';
    for (const [lastUsedAt, kept] of [
      [moment, { lastUsedAt: Date.parse(moment), useKnown: true }],
      ['never', { lastUsedAt: null, useKnown: true }],
      [null, { lastUsedAt: null, useKnown: false }],
    ]) {
      expect(parse(withCredential({ lastUsedAt }))).toMatchObject({ credentials: [kept] });
    }
  });

  it('may say with an empty text what it does not have', () => {
    const empty = {
      name: '',
      transports: '',
      aaguid: '',
      attachment: '',
      lastUsedAt: '',
      state: '',
    };
    const lines = { ...withCredential(empty), displayName: '', policy: '', createdAt: '' };
    expect(parse(lines)).toEqual(parse(account));
  });

  it('may have transports in a text column: as JSON, as PostgreSQL writes arrays, or with commas', () => {
    for (const transports of [
      ['internal', 'hybrid'],
      '["internal","hybrid"]',
      '{internal,hybrid}',
      '{"internal","hybrid"}',
      'internal, hybrid',
    ]) {
      const parsed = parse(withCredential({ transports }));
      expect(parsed).toMatchObject({ credentials: [{ transports: ['internal', 'hybrid'] }] });
    }
    for (const nothing of ['[]', '{}', '']) {
      const parsed = parse(withCredential({ transports: nothing }));
      expect(parsed).toMatchObject({ credentials: [{ transports: [] }] });
    }
  });

  it.each([
    [1_714_979_289, 1_714_979_289_000],
    [1_714_979_289.5, 1_714_979_289_500],
    ['1714979289', 1_714_979_289_000],
    [1_714_979_289_123, 1_714_979_289_123],
    ['1714979289123', 1_714_979_289_123],
    ['2024-05-06T07:08:09Z', 1_714_979_289_000],
    [0, 0],
  ])('may give a time as %j', (createdAt, kept) => {
    expect(parse({ ...account, createdAt })).toMatchObject({ user: { createdAt: kept } });
  });

  it.each([
    ['true', true],
    ['t', true],
    ['1', true],
    ['false', false],
    ['f', false],
    ['0', false],
  ])('may say %j for %s', (backupEligible, kept) => {
    const parsed = parse(withCredential({ backupEligible }));
    expect(parsed).toMatchObject({ credentials: [{ backupEligible: kept, backupKnown: true }] });
  });

  it('may give a passkey a handle of its own, or none that is known', () => {
    const own = toBase64Url(randomBytes(16));
    for (const [given, kept] of [
      [own, { kind: 'own', handle: own }],
      ['', { kind: 'unknown' }],
      [null, { kind: 'account' }],
      [userHandle, { kind: 'account' }],
    ]) {
      const parsed = parse(withCredential({ userHandle: given }));
      expect(parsed).toMatchObject({
        user: { id: userHandle },
        credentials: [{ userId: userHandle, userHandle: kept }],
      });
    }
  });

  it('may say since when, and the account is as old as its first credential', () => {
    const credentials = ['2024-05-06T07:08:09.123456+02:00', '2024-05-06 05:08:09'].map(
      (createdAt, index) => ({ ...credential, id: toBase64Url(Buffer.of(index)), createdAt }),
    );
    expect(parse({ ...account, credentials })).toMatchObject({
      user: { createdAt: Date.UTC(2024, 4, 6, 5, 8, 9) },
      credentials: [{ createdAt: Date.UTC(2024, 4, 6, 5, 8, 9, 123) }, {}],
    });
  });

  it('may give the key in any of three forms, but in one only', () => {
    const { publicKey: _cose, ...rest } = credential;
    const publicKeySpki = Buffer.from(spki).toString('base64');
    const line = { ...account, credentials: [{ ...rest, publicKeySpki }] };
    expect(parse(line)).toMatchObject({ credentials: [{ publicKey, algorithm: -7 }] });
    const one = [
      'credentials[0].publicKey: expected one of publicKey, publicKeySpki and publicKeyJwk',
    ];
    expect(parse(withCredential({ publicKeySpki }))).toEqual({ problems: one });
    expect(parse({ ...account, credentials: [rest] })).toEqual({ problems: one });
  });

  it.each([
    [{ backupEligible: true }, { backupEligible: true, backedUp: false, backupKnown: true }],
    [{ backupEligible: false }, { backupEligible: false, backedUp: false, backupKnown: true }],
    [{ backedUp: true }, { backupEligible: true, backedUp: true, backupKnown: true }],
    [{ backedUp: false }, { backupEligible: false, backedUp: false, backupKnown: false }],
  ])('knows of backups what %j tells', (told, known) => {
    expect(parse(withCredential(told))).toMatchObject({ credentials: [known] });
  });
});

describe('the documentation', () => {
  it('shows lines of every form that are good ones', () => {
    const blocks = codeBlocks(document('docs/import-and-export.md'));
    const lines = blocks.flatMap(({ language, code }) =>
      language === 'json' ? code.trimEnd().split('\n') : [],
    );
    const parsed = lines.map(parse);
    const evidence = parsed.map((line) => 'audit' in line && line.audit[0]?.evidence);
    const sources = evidence.map((each) => each && 'source' in each && each.source);
    expect(sources).toEqual(['latchkey', 'latchkey', 'simplewebauthn', 'better-auth']);
  });
});
