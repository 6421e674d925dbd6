import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../config.ts';

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-oidc-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: unknown): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const secret = 'a secret of a client that is long enough';
const app = {
  client_id: 'app',
  application_type: 'native',
  redirect_uris: ['com.example.app:/cb'],
};
const web = {
  client_id: 'web',
  client_secret: secret,
  redirect_uris: ['https://web.example.com/cb'],
};
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const production = {
  ...{ NODE_ENV: 'production', ORIGIN: 'https://example.com' },
  SECRET: 'a secret that is only for tests and long enough',
};

describe('OIDC_CLIENTS', () => {
  it('is off without a client, and on with one', () => {
    expect(loadConfig({}).oidc).toMatchObject({ isOn: false, clients: [] });
    expect(loadConfig({ OIDC_CLIENTS: file([]) }).oidc.isOn).toBe(false);
    const { oidc } = loadConfig({ OIDC_CLIENTS: file([app, web]) });
    expect(oidc.isOn).toBe(true);
    expect(oidc.clients).toMatchObject([
      { client_id: 'app', token_endpoint_auth_method: 'none', response_modes: ['query'] },
      { client_id: 'web', token_endpoint_auth_method: 'client_secret_basic', first_party: false },
    ]);
  });

  it.each<[string, object, string]>([
    [
      'an unknown member',
      { ...web, redirectUris: [] },
      '[0] (web): Unrecognized key: "redirectUris"',
    ],
    [
      'no redirect URI',
      { ...web, redirect_uris: [] },
      '[0] (web).redirect_uris: expected at least one',
    ],
    ['no ID', { ...web, client_id: undefined }, '[0].client_id: Invalid input: expected string'],
    [
      'a scheme of anybody’s',
      { ...app, redirect_uris: ['com.example.app:/cb', 'myapp://cb'] },
      '[0] (app).redirect_uris[1]: expected a scheme like com.example.app:',
    ],
    [
      'a scheme to sign out to',
      { ...app, post_logout_redirect_uris: ['tel:112'] },
      '[0] (app).post_logout_redirect_uris[0]: expected a scheme',
    ],
    [
      'a place to be told of sign-outs that anybody on the way reads',
      { ...web, backchannel_logout_uri: 'http://web.example.com/logout' },
      '[0] (web).backchannel_logout_uri: expected https://…, or http://localhost',
    ],
    [
      'such a place with a fragment',
      { ...web, backchannel_logout_uri: 'https://web.example.com/logout#a' },
      '[0] (web).backchannel_logout_uri: expected an absolute URI',
    ],
    ['no secret', { ...web, client_secret: undefined }, '[0] (web).client_secret: required with'],
    [
      'a short secret',
      { ...web, client_secret: 'short' },
      '[0] (web).client_secret: expected at least',
    ],
    [
      'a secret for nothing',
      { ...web, token_endpoint_auth_method: 'none' },
      '[0] (web).client_secret: not with none',
    ],
    [
      'a secret in an app',
      { ...app, token_endpoint_auth_method: 'client_secret_post', client_secret: secret },
      '[0] (app).token_endpoint_auth_method: a native app keeps no secret',
    ],
    [
      'no key',
      { ...web, client_secret: undefined, token_endpoint_auth_method: 'private_key_jwt' },
      '[0] (web).jwks: required with private_key_jwt',
    ],
    [
      'a grant of old',
      { ...web, grant_types: ['implicit'] },
      '[0] (web).grant_types[0]: Invalid option',
    ],
    [
      'an unknown resource',
      { ...web, default_resource: 'https://a.example/' },
      'web: default_resource',
    ],
  ])('with %s names the mistake', (_what, client, problem) => {
    const problems = problemsOf({ OIDC_CLIENTS: file([client]) });
    expect(problems).toEqual([expect.stringContaining(`OIDC_CLIENTS: ${problem}`)]);
  });

  it('names every mistake of every client at once, and no secret', () => {
    const clients = [
      { ...web, client_secret: 'short', redirect_uris: ['http://web.example.com/', 'x'] },
      { ...app, redirect_uris: ['tel:1'] },
    ];
    const problems = problemsOf({ OIDC_CLIENTS: file(clients) });
    expect(problems.join('\n')).not.toContain('short');
    expect(problems.length).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['twice', [web, web], '[1] (web).client_id: stands twice'],
    ['as one and not in a list', web, 'expected array'],
    ['in what is not JSON', '[{"client_secret": "hush"', 'expected a JSON file: it is not JSON'],
  ])('with a client %s is refused', (_what, content, problem) => {
    const [said, ...more] = problemsOf({ OIDC_CLIENTS: file(content) });
    expect([said, more]).toEqual([expect.stringContaining(problem), []]);
    expect(said).not.toContain('hush');
  });

  it('names a file that is not there', () => {
    const problems = problemsOf({ OIDC_CLIENTS: join(folder, 'none.json') });
    expect(problems).toEqual([
      expect.stringContaining('OIDC_CLIENTS: expected a JSON file: ENOENT'),
    ]);
  });

  it('takes http://localhost only where everything is there', () => {
    const local = { ...web, redirect_uris: ['http://localhost:3001/cb'] };
    const env = { OIDC_CLIENTS: file([local]) };
    expect(problemsOf(env)).toEqual([]);
    expect(problemsOf({ ...env, ORIGIN: 'https://example.com' })).toEqual([
      'OIDC_CLIENTS: web: http://localhost:3001/cb is for an ORIGIN on localhost only',
    ]);
  });
});

describe('OIDC_KEYS', () => {
  it('is required where it would be lost or not shared', () => {
    const clients = { OIDC_CLIENTS: file([web]) };
    expect(problemsOf({ ...production, ...clients })).toEqual([
      'OIDC_KEYS: required in production with OIDC_CLIENTS',
    ]);
    expect(problemsOf(production)).toEqual([]);
    const postgres = { DATABASE_URL: 'postgres://localhost/x', SECRET: production.SECRET };
    expect(problemsOf({ ...postgres, ...clients })).toEqual([
      'OIDC_KEYS: required with PostgreSQL, because all nodes share them',
    ]);
    const selfDescribed = { OIDC_SELF_DESCRIBED_CLIENTS: 'on' };
    expect(problemsOf({ ...production, ...selfDescribed })).toHaveLength(1);
    expect(loadConfig(selfDescribed).oidc.isOn).toBe(true);
    const keys = { OIDC_KEYS: file({ keys: [{ ...jwk, kid: 'a' }] }) };
    expect(problemsOf({ ...production, ...clients, ...keys })).toEqual([]);
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
    format: 'jwk',
  });
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({
    format: 'jwk',
  });
  it.each<[string, unknown, string]>([
    ['no key', { keys: [] }, 'keys: expected at least one key'],
    ['a key without a name', { keys: [jwk] }, 'keys[0].kid'],
    [
      'a public key',
      { keys: [{ ...jwk, d: undefined, kid: 'a' }] },
      'keys[0]: expected a private key',
    ],
    ['a key for something else', { keys: [{ ...jwk, kid: 'a', use: 'enc' }] }, 'keys[0]: use:'],
    [
      'a key that is none',
      { keys: [{ kty: 'EC', d: 'x', kid: 'a' }] },
      'keys[0]: expected a private',
    ],
    ['a weak key', { keys: [{ ...rsa, kid: 'a' }] }, 'keys[0]: expected at least 2048 bits'],
    ['another curve', { keys: [{ ...p384, kid: 'a' }] }, 'keys[0]: expected RSA, P-256 or Ed25519'],
    ['one name twice', { keys: [1, 2].map(() => ({ ...jwk, kid: 'a' })) }, 'a kid stands twice'],
    ['no set', [jwk], 'expected object'],
  ])('with %s is refused', (_what, content, problem) => {
    const [said] = problemsOf({ OIDC_KEYS: file(content) });
    expect(said).toContain('OIDC_KEYS: ');
    expect(said).toContain(problem);
    expect(said).not.toContain(String(jwk.d));
  });
});

describe('OIDC_RESOURCES', () => {
  it('says for whom access tokens are, and for how long', () => {
    const resources = [{ resource: 'https://api.example.com/', scopes: ['read'] }];
    const env = {
      OIDC_RESOURCES: file(resources),
      OIDC_CLIENTS: file([{ ...web, default_resource: 'https://api.example.com/' }]),
    };
    expect(loadConfig(env).oidc.resources).toEqual([{ ...resources[0], access_token_ttl: 600 }]);
    const bad = file([{ resource: 'api', scopes: ['a b'] }]);
    expect(problemsOf({ OIDC_RESOURCES: bad })).toHaveLength(2);
  });
});
