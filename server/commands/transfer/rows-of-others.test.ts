import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../../base64url.ts';
import { id, parse, parseAll, publicKey, userHandle, zeros } from '../../testing/import-lines.ts';

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
            userHandle: { kind: 'account' },
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
    expect(first).toMatchObject({ credentials: [{ userHandle: { kind: 'account' } }] });
    expect(bad).toHaveProperty('problems');
    expect(second).toMatchObject({
      user: { id: userHandle },
      credentials: [{ userId: userHandle, userHandle: { kind: 'own', handle: own } }],
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
          ...{ backupEligible: false, backedUp: false, backupKnown: true },
          userHandle: { kind: 'unknown' },
        },
      ],
      audit: [{ evidence: { source: 'better-auth' } }],
    });
    const other = toBase64Url(randomBytes(16));
    const handleOf = (line: unknown) => (parse(line) as { user: { id: string } }).user.id;
    expect(handleOf({ ...row, credentialID: other })).toBe(handleOf(row));
    expect(handleOf({ ...row, userId: 'other' })).not.toBe(handleOf(row));
    expect(handleOf({ ...row, userHandle })).toBe(userHandle);
    expect(parse({ ...row, userHandle })).toMatchObject({
      credentials: [{ userHandle: { kind: 'account' } }],
    });
    const joined = parseAll(row, { ...row, userHandle });
    expect(joined[1]).toMatchObject({
      user: { id: handleOf(row) },
      credentials: [{ userHandle: { kind: 'own', handle: userHandle } }],
    });
  });

  it('is named by user name rather than e-mail address, whatever that is', () => {
    const user = { username: 'bob', email: `${'b'.repeat(256)}@example.org` };
    expect(parse({ ...row, user })).toMatchObject({ user: { username: 'bob' } });
    expect(parse({ ...row, user: { email: user.email } })).toEqual({
      problems: [expect.stringMatching(/^user\.email: expected a user name/)],
    });
  });
});
