import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../../base64url.ts';
import {
  account,
  credential,
  id,
  parse,
  userHandle,
  withCredential,
} from '../../testing/import-lines.ts';

describe('a bad line', () => {
  const name = 'expected a user name: 1 to 256 bytes of letters, digits and signs, without spaces';
  it.each<[string, unknown, string]>([
    ['not JSON', '{"username":', 'not JSON'],
    ['no object', '[]', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['of no known form', {}, 'no known form: neither credentials, webauthnUserID nor credentialID'],
    ['without a name', { ...account, username: undefined }, `username: missing: ${name}`],
    ['with spaces in the name', { ...account, username: 'two words' }, `username: ${name}`],
    ['with a long name', { ...account, username: 'b'.repeat(257) }, `username: ${name}`],
    [
      'with a display name of nothing',
      { ...account, displayName: ' ' },
      'displayName: expected 1 to 256 bytes of text',
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
      'credentials[0].userHandle: expected 1 to 64 bytes in base64url',
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
