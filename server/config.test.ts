import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
const secret = 's'.repeat(32);

describe('the configuration', () => {
  it('needs nothing in development', () => {
    expect(loadConfig({})).toMatchObject({
      port: 3000,
      origin: 'http://localhost:3000',
      rpId: 'localhost',
      database: { kind: 'file', path: 'data/latchkey.db' },
      databaseConnections: 16,
      dataFolder: 'data',
      metadata: undefined,
      rateLimits: true,
      workers: 1,
      trustProxy: false,
      challengeTtlSeconds: 600,
      stepUpSeconds: 300,
      secureCookies: false,
      userVerification: { 'sign-in': 'required', 'step-up': 'required', vault: 'required' },
    });
  });

  it('takes an empty variable for a missing one', () => {
    expect(loadConfig({ PORT: '', ORIGIN: '' }).origin).toBe('http://localhost:3000');
  });

  it('takes no notice of spaces and line ends around a value', () => {
    const config = loadConfig({
      DATABASE_URL: 'file:data/a.db \r',
      NODE_ENV: 'test\r',
      WORKERS: ' ',
    });
    expect(config).toMatchObject({ database: { path: 'data/a.db' }, workers: 1 });
    expect(problemsOf({ NODE_ENV: 'production\r' })).toEqual(['SECRET: required in production']);
  });

  it('has the origin that browsers send for a port that goes without saying', () => {
    expect(loadConfig({ PORT: '80' }).origin).toBe('http://localhost');
  });

  it('refuses several processes on a database in memory', () => {
    const problems = problemsOf({ DATABASE_URL: 'file::memory:', WORKERS: '2' });
    expect(problems).toEqual(['WORKERS: a database in memory is that of one process']);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
  });

  it('accepts the related origins beside the site’s, and not that of the RP ID', () => {
    const config = loadConfig({
      ORIGIN: 'https://login.example.com',
      RP_ID: 'example.com',
      RELATED_ORIGINS: 'https://example.org, https://example.net',
      SECRET: `${secret},${secret}old`,
    });
    expect(config.relatedOrigins).toEqual(['https://example.org', 'https://example.net']);
    expect(config.secureCookies).toBe(true);
    expect(config.secrets).toEqual([secret, `${secret}old`]);
    expect(config.origins).toEqual([
      'https://login.example.com',
      'https://example.org',
      'https://example.net',
    ]);
  });

  const [first, second] = ['AB', 'cd'].map((byte) => Array(32).fill(byte).join(':'));
  it('knows apps by their identifiers, and their origins', () => {
    const config = loadConfig({
      ORIGIN: 'https://login.example.com',
      RP_ID: 'example.com',
      APPLE_APP_IDS: 'A1B2C3D4E5.com.example.App-Two, 0123456789.single',
      ANDROID_APPS: `com.example.app@${first}, com.example.app@${second},org.other_1.app@${first}`,
    });
    expect(config.appleAppIds).toEqual(['A1B2C3D4E5.com.example.App-Two', '0123456789.single']);
    expect(config.androidApps).toEqual([
      { packageName: 'com.example.app', fingerprint: first },
      { packageName: 'com.example.app', fingerprint: second?.toUpperCase() },
      { packageName: 'org.other_1.app', fingerprint: first },
    ]);
    const hash = (byte: string) => Buffer.from(byte.repeat(32), 'hex').toString('base64url');
    expect(config.appOrigins).toEqual({
      apple: ['https://example.com'],
      android: [`android:apk-key-hash:${hash('ab')}`, `android:apk-key-hash:${hash('cd')}`],
    });
    expect(config.origins).toEqual(['https://login.example.com']);
    expect(loadConfig({}).appOrigins).toEqual({ apple: [], android: [] });
  });

  it.each([
    ['APPLE_APP_IDS', 'com.example.app'],
    ['APPLE_APP_IDS', 'a1b2c3d4e5.com.example.app'],
    ['APPLE_APP_IDS', 'A1B2C3D4E5'],
    ['APPLE_APP_IDS', 'A1B2C3D4E5.com..app'],
    ['APPLE_APP_IDS', 'A1B2C3D4E5.com.example.*'],
    ['ANDROID_APPS', 'com.example.app'],
    ['ANDROID_APPS', `single@${first}`],
    ['ANDROID_APPS', `com.example.app@${first}:AB`],
    ['ANDROID_APPS', `com.example.app@${first?.slice(3)}`],
    ['ANDROID_APPS', `com.example.app@${first?.replaceAll(':', '')}`],
    ['ANDROID_APPS', `com.1example.app@${first}`],
  ])('says what an app is called: %s=%s', (name, text) => {
    const [problem, ...others] = problemsOf({ [name]: text });
    expect([problem, others]).toEqual([expect.stringMatching(`^${name}: \\S+: expected `), []]);
  });

  it('names each bad app, and a fingerprint of another hash', () => {
    const sha1 = Array(20).fill('AB').join(':');
    const problems = problemsOf({
      APPLE_APP_IDS: 'com.example.app,A1B2C3D4E5.com.example.app,com.example.other',
      ANDROID_APPS: `com.example.app@${sha1},com.example.app@${first}`,
    });
    expect(problems).toEqual([
      expect.stringMatching(/^APPLE_APP_IDS: com\.example\.app: /),
      expect.stringMatching(/^APPLE_APP_IDS: com\.example\.other: /),
      expect.stringMatching(/^ANDROID_APPS: com\.example\.app: .*another hash/),
    ]);
  });

  it('refuses more related origins than browsers read, and counts its own among them', () => {
    const related = (names: string) =>
      problemsOf({
        ORIGIN: 'https://login.a.com',
        RELATED_ORIGINS: [...names].map((name) => `https://${name}.com`).join(),
      });
    expect(related('abcde')).toEqual([]);
    expect(related('bcdef')).toEqual([
      expect.stringMatching(/^RELATED_ORIGINS: .*a, b, c, d, e, f/),
    ]);
  });

  it('names every bad field at once', () => {
    const named = problemsOf({
      NODE_ENV: 'production',
      PORT: '70000',
      ORIGIN: 'https://login.example.com',
      RP_ID: 'example.org',
      RELATED_ORIGINS: 'https://a.example/path',
      DATABASE_URL: 'mysql://x',
      DATABASE_CONNECTIONS: '0',
      CHALLENGE_TTL_SECONDS: '0',
      STEP_UP_SECONDS: 'soon',
      USER_VERIFICATION: 'always',
      USER_VERIFICATION_STEP_UP: 'preferred',
      LOG_LEVEL: 'loud',
      METADATA: 'mds.jwt',
      RATE_LIMITS: 'some',
      WORKERS: '0',
      TRUST_PROXY: 'everyone',
    }).map((problem) => problem.split(':')[0]);
    expect(named.sort()).toEqual([
      'CHALLENGE_TTL_SECONDS',
      'DATABASE_CONNECTIONS',
      'DATABASE_URL',
      'LOG_LEVEL',
      'METADATA',
      'PORT',
      'RATE_LIMITS',
      'RELATED_ORIGINS',
      'RP_ID',
      'SECRET',
      'STEP_UP_SECONDS',
      'TRUST_PROXY',
      'USER_VERIFICATION',
      'USER_VERIFICATION_STEP_UP',
      'WORKERS',
    ]);
  });

  it('wants a secret that all nodes share where they share a database', () => {
    const DATABASE_URL = 'postgres://user@db/latchkey';
    expect(problemsOf({ DATABASE_URL })).toEqual([expect.stringMatching(/^SECRET: /)]);
    const { database } = loadConfig({ DATABASE_URL, SECRET: secret });
    expect(database).toEqual({ kind: 'postgres', url: DATABASE_URL });
  });

  it.each([
    ['file:/var/lib/latchkey/a.db', '/var/lib/latchkey'],
    ['file::memory:', 'data'],
    ['postgres://user@db/latchkey', 'data'],
  ])('keeps its files beside %s', (DATABASE_URL, dataFolder) => {
    expect(loadConfig({ DATABASE_URL, SECRET: secret }).dataFolder).toBe(dataFolder);
  });

  it.each(['file:mds.jwt', 'https://mds.fidoalliance.org/', 'http://localhost:8080/mds'])(
    'takes metadata from %s',
    (METADATA) => {
      const files = { METADATA_ROOT: 'mds.pem', ATTESTATION_ROOTS: 'roots.pem' };
      expect(loadConfig({ METADATA, ...files })).toMatchObject({
        metadata: METADATA,
        metadataRoot: 'mds.pem',
        attestationRoots: 'roots.pem',
      });
    },
  );

  it.each(['http://mds.example.com/', 'ftp://localhost/', 'file:', 'mds.jwt'])(
    'takes no metadata from %s',
    (METADATA) => {
      expect(problemsOf({ METADATA })).toEqual([expect.stringMatching(/^METADATA: /)]);
    },
  );

  it.each([
    ['off', false],
    ['2', 2],
    ['loopback, 10.0.0.0/8,2001:db8::/32', ['loopback', '10.0.0.0/8', '2001:db8::/32']],
  ])('trusts the proxies %s', (TRUST_PROXY, trustProxy) => {
    expect(loadConfig({ TRUST_PROXY }).trustProxy).toEqual(trustProxy);
  });

  it.each(['true', '0', '100', '10.0.0.0/33', '1.2.3', '10.0.0.1/8/8'])(
    'trusts no proxies called %s',
    (TRUST_PROXY) => {
      expect(problemsOf({ TRUST_PROXY })).toEqual([expect.stringMatching(/^TRUST_PROXY: /)]);
    },
  );

  it.each([
    ['http://example.com', 'plain http'],
    ['https://example.com/', 'a slash at the end'],
    ['https://example.com/path', 'a path'],
    ['https://Example.com', 'capitals'],
    ['https://user@example.com', 'a user'],
    ['ftp://example.com', 'another scheme'],
    ['example.com', 'no scheme'],
    ['null', 'the opaque origin'],
    ['https://203.0.113.7', 'an IP address, which can be no RP ID'],
    ['https://[2001:db8::1]', 'an IPv6 address, which can be no RP ID'],
  ])('refuses the origin %s: %s', (ORIGIN) => {
    expect(problemsOf({ ORIGIN })).toHaveLength(1);
  });

  it.each([
    ['https://Example.com:443/', 'https://example.com'],
    ['https://example.com/login', 'https://example.com'],
    ['http://example.com', 'https://example.com'],
    ['Login.Example.com:8443', 'https://login.example.com:8443'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
  ])('says what to write for the origin %s', (text, write) => {
    expect(problemsOf({ ORIGIN: text })).toEqual([
      expect.stringMatching(`^ORIGIN: .*: write ${write} for `),
    ]);
    expect(problemsOf({ RELATED_ORIGINS: `https://a.example,${text}` })).toEqual([
      expect.stringMatching(`^RELATED_ORIGINS: .*: write ${write} for `),
    ]);
  });

  it.each(['https://example.com', 'Example.com', 'example.com:443'])(
    'says what to write for the domain %s',
    (text) => {
      const ORIGIN = 'https://login.example.com';
      expect(problemsOf({ ORIGIN, RP_ID: text })).toEqual([
        expect.stringMatching(/^RP_ID: .*: write example\.com$/),
      ]);
      expect(problemsOf({ FORMER_RP_IDS: text })).toEqual([
        expect.stringMatching(/^FORMER_RP_IDS: .*: write example\.com for /),
      ]);
    },
  );

  it.each([
    ['co.uk', 'https://login.example.co.uk', 'example.co.uk'],
    ['github.io', 'https://ann.github.io', 'ann.github.io'],
    ['localhost', 'http://app.localhost', 'app.localhost'],
  ])('refuses the public suffix %s as the RP ID of %s, and says what would do', (...given) => {
    const [RP_ID, ORIGIN, domain] = given;
    expect(problemsOf({ RP_ID, ORIGIN })).toEqual([
      expect.stringMatching(`^RP_ID: ${RP_ID} is a public suffix.*expected ${domain}`),
    ]);
  });

  it('refuses public suffixes among the former RP IDs', () => {
    expect(problemsOf({ FORMER_RP_IDS: 'co.uk' })).toEqual([
      'FORMER_RP_IDS: co.uk is a public suffix, so browsers refuse it',
    ]);
  });

  it.each([
    ['intranet', 'https://intranet'],
    ['corp.internal', 'https://login.corp.internal'],
    // Whoever keeps a suffix can sign in at it: browsers compare before they look at the list.
    ['github.io', 'https://github.io'],
  ])('takes the RP ID %s on %s', (RP_ID, ORIGIN) => {
    expect(loadConfig({ RP_ID, ORIGIN }).rpId).toBe(RP_ID);
  });

  it.each([
    ['com', 'https://example.com'],
    ['example.org', 'https://example.com'],
    ['ample.com', 'https://example.com'],
    ['sub.example.com', 'https://example.com'],
    ['EXAMPLE.com', 'https://example.com'],
  ])('refuses the RP ID %s on %s', (RP_ID, ORIGIN) => {
    expect(problemsOf({ RP_ID, ORIGIN })).toEqual([expect.stringMatching(/^RP_ID: /)]);
  });
});
