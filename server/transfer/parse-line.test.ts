import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import { generateKey } from '../testing/cose.ts';
import { lineParser } from './parse-line.ts';

const now = 1_800_000_000_000;
const context = { rpId: 'example.org', now: () => now, operator: 'ann' };
const toText = (line: unknown) => (typeof line === 'string' ? line : JSON.stringify(line));
const parse = (line: unknown) => lineParser(context)(toText(line));
/** One after the other, as in one file. */
const parseAll = (...lines: unknown[]) => lines.map(toText).map(lineParser(context));

const { publicKey, spki } = generateKey(-7);
const id = toBase64Url(randomBytes(20));
const userHandle = toBase64Url(randomBytes(32));
const zeros = '00000000-0000-0000-0000-000000000000';
const credential = { id, publicKey: toBase64Url(publicKey) };
const account = { username: 'bob', userHandle, credentials: [credential] };
const withCredential = (more: object) => ({
  ...account,
  credentials: [{ ...credential, ...more }],
});

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
          ...{ createdAt: now, lastUsedAt: null, lastUserAgent: null, lastCountry: null },
          ...{ upgradeAfter: null, userHandle: null },
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

  it('may give a passkey a handle of its own, or none that is known', () => {
    const own = toBase64Url(randomBytes(16));
    for (const [given, kept] of [
      [own, own],
      ['', ''],
      [null, null],
      [userHandle, null],
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

describe('the README', () => {
  it('shows lines of every form that are good ones', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const [section = ''] = /### From another server.*?\n### /s.exec(readme) ?? [];
    const blocks = [...section.matchAll(/```json\n(.*?)\n```/gs)].map(([, block = '']) => block);
    const parsed = blocks.flatMap((block) => block.split('\n')).map(parse);
    const sources = parsed.map((line) => 'audit' in line && line.audit[0]?.evidence['source']);
    expect(sources).toEqual(['latchkey', 'latchkey', 'simplewebauthn', 'better-auth']);
  });
});

describe('a row of SimpleWebAuthn', () => {
  const row = {
    id,
    publicKey: { ...publicKey },
    user: { id: 7, username: 'bob@example.org', displayName: 'Bob' },
    webauthnUserID: userHandle,
    counter: '3',
    deviceType: 'multiDevice',
    backedUp: true,
    transports: ['internal', 'hybrid'],
  };

  it('is one passkey of its user', () => {
    expect(parse(row)).toMatchObject({
      user: { id: userHandle, username: 'bob@example.org', displayName: 'Bob' },
      credentials: [
        {
          ...{
            id,
            userId: userHandle,
            publicKey,
            signCount: 3,
            transports: ['internal', 'hybrid'],
            userHandle: null,
          },
          ...{ backupEligible: true, backedUp: true, backupKnown: true },
        },
      ],
      audit: [{ evidence: { source: 'simplewebauthn' } }],
    });
  });

  it('may spell the handle as older documentation did, and the rest as databases do', () => {
    const { webauthnUserID, ...rest } = row;
    const stored = {
      ...rest,
      webAuthnUserID: webauthnUserID,
      publicKey: `\\x${Buffer.from(publicKey).toString('hex')}`,
      backedUp: 1,
      transports: 'internal,hybrid',
    };
    expect(parse(stored)).toEqual(parse(row));
  });

  it('may have a user with an ID of any kind', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(parse(JSON.stringify(row).replace('"id":7', `"id":${deep}`))).toEqual(parse(row));
    expect(parse({ ...row, user: { ...row.user, id: null } })).toEqual(parse(row));
  });

  it('joins those of its user before it, under the handle of the first', () => {
    const own = toBase64Url(randomBytes(32));
    const more = { ...row, id: toBase64Url(randomBytes(20)), webauthnUserID: own };
    const [first, bad, second] = parseAll(row, { ...more, publicKey: 7 }, more);
    expect(first).toMatchObject({ credentials: [{ userHandle: null }] });
    expect(bad).toHaveProperty('problems');
    expect(second).toMatchObject({
      user: { id: userHandle },
      credentials: [{ userId: userHandle, userHandle: own }],
      audit: [{ userId: userHandle }],
    });
  });

  it.each([
    ['another user', { user: { id: 8, username: 'carl' } }],
    ['another user with the same name', { user: { id: 8, username: 'bob@example.org' } }],
    [
      'another user who writes the name in capitals',
      { user: { id: 7, username: 'BOB@example.org' } },
    ],
  ])('joins no row of %s, nor one behind it', (_who, more) => {
    const [own, third] = [toBase64Url(randomBytes(32)), toBase64Url(randomBytes(32))];
    const between = { ...row, ...more, webauthnUserID: own };
    const parsed = parseAll(row, between, { ...row, webauthnUserID: third });
    const handles = parsed.map((line) => 'user' in line && line.user.id);
    expect(handles).toEqual([userHandle, own, third]);
  });
});

describe('a row of better-auth', () => {
  const row = {
    id: 'row-1',
    name: null,
    publicKey: Buffer.from(publicKey).toString('base64'),
    userId: 'Kc6Wc2m8nJ',
    credentialID: id,
    counter: 0,
    deviceType: 'singleDevice',
    backedUp: false,
    transports: 'internal',
    createdAt: '2024-05-06T07:08:09.000Z',
    aaguid: zeros,
    user: { email: 'bob@example.org', name: 'Bob' },
  };

  it('is one passkey of its user, whose handle follows from the ID of the user', () => {
    const parsed = parse(row);
    expect(parsed).toMatchObject({
      user: { username: 'bob@example.org', displayName: 'Bob' },
      credentials: [
        {
          ...{ id, publicKey, transports: ['internal'], createdAt: Date.UTC(2024, 4, 6, 7, 8, 9) },
          ...{ backupEligible: false, backedUp: false, backupKnown: true, userHandle: '' },
        },
      ],
      audit: [{ evidence: { source: 'better-auth' } }],
    });
    const other = toBase64Url(randomBytes(16));
    const handleOf = (line: unknown) => (parse(line) as { user: { id: string } }).user.id;
    expect(handleOf({ ...row, credentialID: other })).toBe(handleOf(row));
    expect(handleOf({ ...row, userId: 'other' })).not.toBe(handleOf(row));
    expect(handleOf({ ...row, userHandle })).toBe(userHandle);
    expect(parse({ ...row, userHandle })).toMatchObject({ credentials: [{ userHandle: null }] });
    const joined = parseAll(row, { ...row, userHandle });
    expect(joined[1]).toMatchObject({ user: { id: handleOf(row) }, credentials: [{ userHandle }] });
  });

  it('is named by user name rather than e-mail address, whatever that is', () => {
    const user = { username: 'bob', email: `${'b'.repeat(64)}@example.org` };
    expect(parse({ ...row, user })).toMatchObject({ user: { username: 'bob' } });
    expect(parse({ ...row, user: { email: user.email } })).toEqual({
      problems: [expect.stringMatching(/^user\.email: expected a user name/)],
    });
  });
});

describe('a bad line', () => {
  const name = 'expected a user name: 1 to 64 bytes of letters, digits and signs, without spaces';
  it.each<[string, unknown, string]>([
    ['not JSON', '{"username":', 'not JSON'],
    ['no object', '[]', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['of no known form', {}, 'no known form: neither credentials, webauthnUserID nor credentialID'],
    ['without a name', { ...account, username: undefined }, `username: missing: ${name}`],
    ['with spaces in the name', { ...account, username: 'two words' }, `username: ${name}`],
    ['with a long name', { ...account, username: 'b'.repeat(65) }, `username: ${name}`],
    [
      'with a display name of nothing',
      { ...account, displayName: ' ' },
      'displayName: expected 1 to 64 bytes of text',
    ],
    [
      'without a handle',
      { ...account, userHandle: undefined },
      'userHandle: missing: expected 1 to 64 bytes in base64url',
    ],
    [
      'with an empty handle',
      { ...account, userHandle: '' },
      'userHandle: expected 1 to 64 bytes in base64url',
    ],
    [
      'with a long handle',
      { ...account, userHandle: toBase64Url(randomBytes(65)) },
      'userHandle: expected 1 to 64 bytes in base64url',
    ],
    [
      'with a wrong time',
      { ...account, createdAt: 'yesterday' },
      'createdAt: expected a time in ISO 8601',
    ],
    [
      'with an impossible time',
      { ...account, createdAt: '2024-13-01T00:00:00Z' },
      'createdAt: expected a time in ISO 8601',
    ],
    [
      'with credentials of no array',
      { ...account, credentials: {} },
      'credentials: expected an array',
    ],
    [
      'with a credential of no object',
      { ...account, credentials: [7] },
      'credentials[0]: expected an object',
    ],
    [
      'with a wrong ID',
      withCredential({ id: 'a b' }),
      'credentials[0].id: expected 1 to 1023 bytes in base64url',
    ],
    [
      'with an ID twice',
      { ...account, credentials: [credential, credential] },
      'credentials[1].id: twice in this line',
    ],
    [
      'with 65 credentials',
      {
        ...account,
        credentials: Array.from({ length: 65 }, (_, at) => ({
          ...credential,
          id: toBase64Url(Buffer.of(at)),
        })),
      },
      'credentials: more than 64',
    ],
    [
      'with a bad key',
      withCredential({ publicKey: 'AAAA' }),
      'credentials[0].publicKey: not one canonical COSE key',
    ],
    [
      'with a wrong counter',
      withCredential({ signCount: -1 }),
      'credentials[0].signCount: expected a counter from 0 to 4294967295',
    ],
    [
      'with a counter too large',
      withCredential({ signCount: 2 ** 32 }),
      'credentials[0].signCount: expected a counter from 0 to 4294967295',
    ],
    [
      'with a long handle of a passkey',
      withCredential({ userHandle: toBase64Url(randomBytes(65)) }),
      'credentials[0].userHandle: expected 0 to 64 bytes in base64url',
    ],
    [
      'with wrong transports',
      withCredential({ transports: [7] }),
      'credentials[0].transports: expected an array of texts',
    ],
    [
      'with a wrong AAGUID',
      withCredential({ aaguid: '0' }),
      'credentials[0].aaguid: expected a UUID',
    ],
    [
      'with a wrong flag',
      withCredential({ backedUp: 'yes' }),
      'credentials[0].backedUp: expected true or false',
    ],
    [
      'with contradicting flags',
      withCredential({ backupEligible: false, backedUp: true }),
      'credentials[0].backedUp: true without backup eligibility',
    ],
    [
      'with a wrong state',
      withCredential({ state: 'lost' }),
      'credentials[0].state: expected active or superseded or suspected-clone or revoked',
    ],
    [
      'with a wrong RP ID',
      withCredential({ rpId: 'https://example.org' }),
      'credentials[0].rpId: expected a domain in lower case',
    ],
    [
      'of SimpleWebAuthn without a handle',
      { webauthnUserID: null, id, publicKey: credential.publicKey, user: { username: 'bob' } },
      'webauthnUserID: missing',
    ],
    [
      'of SimpleWebAuthn without its user',
      { webauthnUserID: userHandle, id, publicKey: credential.publicKey, user: 7 },
      'user: expected an object with the username',
    ],
    [
      'of better-auth without its user',
      { credentialID: id, userId: 'x', publicKey: credential.publicKey, user: {} },
      `user.email: missing: ${name}`,
    ],
  ])('%s is named', (_what, line, problem) => {
    expect(parse(line)).toEqual({ problems: [problem] });
  });

  it('has all its reasons named, up to eight', () => {
    const broken = { ...account, username: 7, credentials: Array.from({ length: 20 }, () => ({})) };
    const { problems } = parse(broken) as { problems: string[] };
    expect(problems).toHaveLength(8);
    expect(problems[0]).toMatch(/^username: /);
  });

  it('never ends the run, however garbled it is', () => {
    const members = ['username', 'userHandle', 'credentials', 'id', 'publicKey', 'publicKeySpki'];
    const others = [
      'publicKeyJwk',
      'user',
      'webauthnUserID',
      'credentialID',
      'userId',
      'createdAt',
    ];
    const key = fc.constantFrom(...members, ...others, 'transports', 'kty', 'crv', '__proto__');
    const value = fc.jsonValue({ maxDepth: 2 });
    const object = fc.dictionary(key, value, { maxKeys: 6 });
    const garbage = fc.dictionary(key, fc.oneof(value, object, fc.array(object, { maxLength: 3 })));
    fc.assert(
      fc.property(garbage, (line) => {
        expect(parse(line)).toHaveProperty('problems');
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(key, value, (member, given) => {
        expect(parse({ ...account, [member]: given })).toBeTypeOf('object');
        expect(parse(withCredential({ [member]: given }))).toBeTypeOf('object');
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void parse(text)));
    expect(parse('['.repeat(1_000_000))).toEqual({ problems: ['not JSON'] });
    expect(parse(`{"credentials":${'['.repeat(400_000)}${']'.repeat(400_000)}}`)).toHaveProperty(
      'problems',
    );
  });
});
