/** Apple's TN3107, and what else goes wrong on the way: every cause, and the line that the operator reads. */
import { type createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenedApple, openWithStandIn } from '../testing/apple/opened.ts';
import { bundleIds, servicesId } from '../testing/apple/stand-in.ts';
import type { Person } from '../testing/apple/world.ts';
import { newFolder } from '../testing/folder.ts';
import type { Apple } from './apple.ts';
import { type MintSecret, mintSecret } from './client-secret.ts';
import type { AppleFailure } from './failure.ts';

let opened: OpenedApple;
let ann: Person;
beforeEach(async () => {
  opened = await openWithStandIn();
  ann = opened.standIn.addPerson('Ann');
});
afterEach(() => opened.close());

const [app] = bundleIds;

/** A code of the web, as Apple posts it. */
async function newCode(): Promise<string> {
  const { standIn, callback } = opened;
  const query = new URLSearchParams({
    ...{ client_id: servicesId, redirect_uri: callback, response_type: 'code' },
    ...{ response_mode: 'form_post', scope: 'name email', state: 's', nonce: 'n' },
  });
  const url = `${standIn.origin}/auth/authorize?${query}`;
  const { fields } = await standIn.decide(url, { person: ann });
  return fields['code'] ?? '';
}

async function exchange(apple: Apple = opened.apple, code?: string) {
  const given = { code: code ?? (await newCode()), clientId: servicesId };
  return apple.exchangeCode({ ...given, redirectUri: opened.callback });
}

const failureOf = (asked: Promise<unknown>): Promise<AppleFailure> =>
  asked.then(
    (done) => Promise.reject(new Error(`no failure: ${JSON.stringify(done)}`)),
    (failure) => failure,
  );
const causeOf = async (asked: Promise<unknown>) => (await failureOf(asked)).cause;

/** Signs other claims, or in another way, than the real one does. */
const minting =
  (
    change: Readonly<Record<string, unknown>>,
    { header = {}, dsaEncoding = 'ieee-p1363' as const, key }: Bent = {},
  ): MintSecret =>
  async (settings, clientId, at) => {
    const [head = '', body = ''] = (await mintSecret(settings, clientId, at)).split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${encode({ ...read(head), ...header })}.${encode({ ...read(body), ...change })}`;
    const signature = sign('sha256', Buffer.from(signed), {
      key: key ?? settings.key,
      dsaEncoding,
    });
    return `${signed}.${signature.toString('base64url')}`;
  };

interface Bent {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly dsaEncoding?: 'der' | 'ieee-p1363';
  readonly key?: ReturnType<typeof createPrivateKey>;
}

const seconds = () => Math.floor(Date.now() / 1000);

describe('invalid_client is told apart by', () => {
  it.each<[string, () => MintSecret, string, RegExp]>([
    ['expired', () => minting({ exp: seconds() - 1 }), 'secret-expired', /clock .* slow/],
    [
      'of the future',
      () => minting({ iat: seconds() + 3600, exp: seconds() + 7200 }),
      'secret-of-the-future',
      /clock .* fast/,
    ],
    ['signed in DER', () => minting({}, { dsaEncoding: 'der' }), 'secret-der-signed', /DER/],
    [
      'of another sub',
      () => minting({ sub: app }),
      'secret-wrong-subject',
      /another client as its sub/,
    ],
    [
      'of another iss',
      () => minting({ iss: 'Z9Y8X7W6V5' }),
      'secret-wrong-issuer',
      /APPLE_TEAM_ID/,
    ],
    [
      'of another kid',
      () => minting({}, { header: { kid: 'Z9Y8X7W6V5' } }),
      'secret-wrong-key-id',
      /APPLE_KEY_ID/,
    ],
    [
      'of another aud',
      () => minting({ aud: 'https://example.com' }),
      'secret-wrong-audience',
      /appleid\.apple\.com/,
    ],
    ['without exp', () => minting({ exp: undefined }), 'secret-malformed', /JWT/],
    [
      'of a year',
      () => minting({ exp: seconds() + 31_536_000 }),
      'secret-lives-too-long',
      /six months/,
    ],
    [
      'of another alg',
      () => minting({}, { header: { alg: 'ES384' } }),
      'secret-wrong-algorithm',
      /ES256/,
    ],
    ['no JWT', () => async () => 'a secret', 'secret-malformed', /JWT/],
    [
      'signed with another key',
      () => minting({}, { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
      'key-refused',
      /revoked.*APPLE_KEY/,
    ],
  ])('a secret that is %s', async (_name, mint, cause, line) => {
    const failure = await failureOf(exchange(opened.reopen({}, mint())));
    expect(failure).toMatchObject({ kind: 'configuration', cause });
    expect(opened.told()).toMatch(line);
    expect(opened.told()).toContain(`"cause":"${cause}"`);
  });

  it('a machine whose clock is slow or fast, by Apple’s clock', async () => {
    opened.standIn.faults.clockAheadMs = 3_600_000;
    expect(await causeOf(exchange())).toBe('secret-expired');
    opened.standIn.faults.clockAheadMs = -3_600_000;
    expect(await causeOf(exchange())).toBe('secret-of-the-future');
  });

  it('a key that was revoked', async () => {
    opened.standIn.revokeKey();
    expect(await causeOf(exchange())).toBe('key-refused');
    expect(opened.told()).toMatch(/revoked/);
  });

  it.each([{ APPLE_KEY_ID: 'Z9Y8X7W6V5' }, { APPLE_TEAM_ID: 'Z9Y8X7W6V5' }])(
    'the wrong %j',
    async (env) => {
      expect(await causeOf(exchange(opened.reopen(env)))).toBe('key-refused');
    },
  );

  it('another file in APPLE_KEY', async () => {
    const file = join(newFolder(), 'other.p8');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(await causeOf(exchange(opened.reopen({ APPLE_KEY: file })))).toBe('key-refused');
  });

  it('a client that Apple does not know, while it knows others', async () => {
    const apple = opened.reopen({ APPLE_SERVICES_ID: 'com.example.misspelt' });
    const given = { code: await newCode(), clientId: 'com.example.misspelt' };
    expect(await causeOf(apple.exchangeCode({ ...given, redirectUri: opened.callback }))).toBe(
      'client-unknown',
    );
    expect(opened.told()).toMatch(/APPLE_SERVICES_ID/);
  });

  it('real codes alone: then the secret is good, and the client is not', async () => {
    opened.standIn.faults.refusesClientForRealCodes = true;
    expect(await causeOf(exchange())).toBe('client-refused-for-real-codes');
    expect(opened.told()).toMatch(/redirect URI.*grouped/);
  });
});

describe('invalid_grant is', () => {
  it('a code that was used, once and not twice, also at once', async () => {
    const code = await newCode();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => exchange(opened.apple, code)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await failureOf(exchange(opened.apple, code))).toMatchObject({
      kind: 'refused',
      cause: 'code-used',
    });
    expect(opened.told()).toBe('');
  });

  it('a code after five minutes', async () => {
    const code = await newCode();
    opened.advance(300_001);
    expect(await causeOf(exchange(opened.apple, code))).toBe('code-expired');
  });

  it('a code of nobody', async () => {
    expect(await failureOf(exchange(opened.apple, 'made up'))).toMatchObject({ kind: 'refused' });
  });

  it('the code of an app on the web, and the other way round', async () => {
    const { authorizationCode } = await opened.standIn.native(ann);
    const asWeb = opened.apple.exchangeCode({
      ...{ code: authorizationCode, clientId: servicesId, redirectUri: null },
    });
    const refused = { kind: 'refused', cause: 'code-of-another-client' };
    expect(await failureOf(asWeb)).toMatchObject(refused);
    const asApp = opened.apple.exchangeCode({
      ...{ code: await newCode(), clientId: app, redirectUri: null },
    });
    expect(await failureOf(asApp)).toMatchObject(refused);
    // A stranger can bring either.
    expect(opened.told()).toBe('');
  });

  it('a code for another redirect URI', async () => {
    const given = { code: await newCode(), clientId: servicesId };
    const elsewhere = 'https://elsewhere.example/callback';
    const asked = opened.apple.exchangeCode({ ...given, redirectUri: elsewhere });
    expect(await causeOf(asked)).toBe('redirect-mismatch');
    expect(opened.told()).toMatch(/api\/apple\/callback/);
  });
});

describe('other errors of Apple’s', () => {
  it.each([
    ['invalid_request', undefined, 'request-malformed', /proxy/],
    [
      'unauthorized_client',
      undefined,
      'client-unauthorized',
      /register ORIGIN\/api\/apple\/callback/,
    ],
    ['unsupported_grant_type', undefined, 'grant-unsupported', /grant type/],
    ['invalid_scope', undefined, 'scope-refused', /scope/],
    ['something_new', undefined, 'error-unknown', /does not document/],
  ])('%s names what to mend', async (error, _none, cause, line) => {
    opened.standIn.faults.answers.set('/auth/token', { error });
    expect(await failureOf(exchange())).toMatchObject({ kind: 'configuration', cause });
    expect(opened.told()).toMatch(line);
  });

  it('invalid_request of a person who revoked is theirs, and no mistake of ours', async () => {
    const description = 'The user has revoked the consent.';
    opened.standIn.faults.answers.set('/auth/token', { error: 'invalid_request', description });
    expect(await failureOf(exchange())).toMatchObject({
      kind: 'refused',
      cause: 'consent-revoked',
    });
    expect(opened.told()).toBe('');
  });
});

describe('an outage', () => {
  it.each([
    ['unavailable', 'unavailable', 'outage'],
    ['throttled', 'throttled', 'outage'],
    ['resets', 'unreachable', 'outage'],
    ['answers-html', 'unreadable', 'outage'],
    ['answers-without-end', 'unreadable', 'outage'],
    ['redirects', 'redirected', 'configuration'],
  ] as const)('where Apple %s is told apart from a mistake', async (broken, cause, kind) => {
    opened.standIn.faults.answers.set('/auth/token', broken);
    expect(await failureOf(exchange())).toMatchObject({ kind, cause });
    expect(opened.told()).toContain(`"kind":"${kind}"`);
  });

  it('of a server that is not there at all', async () => {
    const apple = opened.reopen({ APPLE_BASE_URL: 'http://localhost:1' });
    expect(await failureOf(exchange(apple))).toMatchObject({ kind: 'outage' });
  });

  it('fills no log: a cause is told once a minute', async () => {
    opened.standIn.faults.answers.set('/auth/token', 'unavailable');
    const lines = () => opened.told().split('\n').length - 1;
    for (const _ of Array(5).keys()) await failureOf(exchange());
    expect(lines()).toBe(1);
    opened.advance(60_001);
    await failureOf(exchange());
    expect(lines()).toBe(2);
  });
});

describe('the life of a token', () => {
  const tokenOf = async () => (await exchange()).refreshToken ?? '';

  it('is valid until the person or we revoke it', async () => {
    const refreshToken = await tokenOf();
    const ask = () => opened.apple.refresh({ refreshToken, clientId: servicesId });
    expect(await ask()).toBe('valid');
    await opened.apple.revoke({ token: refreshToken, clientId: servicesId, hint: 'refresh_token' });
    expect(await ask()).toBe('revoked');
    const other = await tokenOf();
    opened.standIn.stopUsing(ann);
    const asked = opened.apple.refresh({ refreshToken: other, clientId: servicesId });
    expect(await asked).toBe('revoked');
  });

  it('is not taken for revoked in an outage, or for a mistake of ours', async () => {
    const refreshToken = await tokenOf();
    const ask = () => opened.apple.refresh({ refreshToken, clientId: servicesId });
    opened.standIn.faults.answers.set('/auth/token', 'unavailable');
    expect(await causeOf(ask())).toBe('unavailable');
    opened.standIn.faults.answers.clear();
    opened.standIn.revokeKey();
    expect(await causeOf(ask())).toBe('key-refused');
  });

  it('may be revoked twice, and so may junk', async () => {
    const token = await tokenOf();
    for (const each of [token, token, 'junk']) {
      await opened.apple.revoke({ token: each, clientId: servicesId, hint: 'refresh_token' });
    }
  });

  it('comes without a refresh token if Apple gives none', async () => {
    opened.standIn.faults.givesRefreshToken = false;
    expect((await exchange()).refreshToken).toBeNull();
  });
});

describe('a transfer to another team', () => {
  const target = 'Z9Y8X7W6V5';
  const newTeam = () => opened.reopen(opened.standIn.env('http://localhost:3000', target));

  it('hands each person over, with the address of the new team', async () => {
    const { standIn, apple } = opened;
    await newCode();
    standIn.addTeam(target);
    standIn.beginTransfer(target);
    const before = standIn.subOf(ann);
    const transferSub = await apple.migration.transferSubOf(before, target);
    standIn.acceptTransfer();
    const moved = await newTeam().migration.subOf(transferSub);
    expect(moved).toEqual({ sub: standIn.subOf(ann, target), email: null, isPrivateEmail: false });
    expect(moved.sub).not.toBe(before);
    const tokens = standIn.seen.filter(({ form }) => form['grant_type'] === 'client_credentials');
    expect(tokens).toHaveLength(2);
  });

  it('names a person whom Apple does not know, and ends after 60 days', async () => {
    const { standIn, apple } = opened;
    await newCode();
    standIn.addTeam(target);
    standIn.beginTransfer(target);
    const transferSub = await apple.migration.transferSubOf(standIn.subOf(ann), target);
    expect(await causeOf(apple.migration.transferSubOf('000.unknown', target))).toBe(
      'person-unknown',
    );
    standIn.acceptTransfer();
    opened.advance(61 * 86_400_000);
    expect(await causeOf(newTeam().migration.subOf(transferSub))).toBe('person-unknown');
  });

  it('is nothing for a team that hands no app over', async () => {
    expect(await causeOf(opened.apple.migration.transferSubOf('sub', target))).toBe(
      'scope-refused',
    );
  });
});

it('no log line has a secret, a code or a token in it', async () => {
  const code = await newCode();
  opened.standIn.revokeKey();
  await failureOf(exchange(opened.apple, code));
  expect(opened.told()).not.toContain(code);
  expect(opened.told()).not.toMatch(/eyJ/);
  const secrets = opened.standIn.seen.map(({ form }) => form['client_secret'] ?? '');
  expect(secrets.filter((secret) => secret !== '' && opened.told().includes(secret))).toEqual([]);
});
