import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../config.ts';

let folder: string;
let env: Record<string, string>;

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-apple-'));
  env = {
    ORIGIN: 'https://login.example.com',
    APPLE_TEAM_ID: 'A1B2C3D4E5',
    APPLE_KEY_ID: 'F6G7H8J9K0',
    APPLE_KEY: file('key.p8', pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)),
    APPLE_SERVICES_ID: 'com.example.login',
    APPLE_BUNDLE_IDS: 'com.example.app, com.example.other-app',
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

function problemsOf(changes: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig({ ...env, ...changes });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('Sign in with Apple', () => {
  it('is off without its variables, and whole with them', () => {
    expect(loadConfig({}).apple).toBeNull();
    expect(loadConfig(env).apple).toMatchObject({
      teamId: 'A1B2C3D4E5',
      teams: ['A1B2C3D4E5'],
      keyId: 'F6G7H8J9K0',
      servicesId: 'com.example.login',
      bundleIds: ['com.example.app', 'com.example.other-app'],
      baseUrl: 'https://appleid.apple.com',
      redirectUri: 'https://login.example.com/api/apple/callback',
    });
  });

  it('accepts the persons of the team of before a transfer, too', () => {
    const moved = loadConfig({ ...env, APPLE_FORMER_TEAM_ID: 'Z1B2C3D4E5' });
    expect(moved.apple?.teams).toEqual(['A1B2C3D4E5', 'Z1B2C3D4E5']);
  });

  it('is for the web, for apps, or for both', () => {
    expect(loadConfig({ ...env, APPLE_BUNDLE_IDS: '' }).apple?.bundleIds).toEqual([]);
    expect(loadConfig({ ...env, APPLE_SERVICES_ID: '' }).apple?.servicesId).toBeNull();
  });

  it('shows its key to nobody who prints the configuration', () => {
    expect(JSON.stringify(loadConfig(env).apple)).not.toMatch(/PRIVATE|"d"/);
  });

  it.each([
    [{ APPLE_TEAM_ID: '' }, ['APPLE_TEAM_ID']],
    [{ APPLE_KEY_ID: '' }, ['APPLE_KEY_ID']],
    [{ APPLE_FORMER_TEAM_ID: 'A1B2C3D4E5' }, ['APPLE_FORMER_TEAM_ID']],
    [{ APPLE_KEY: '' }, ['APPLE_KEY']],
    [{ APPLE_SERVICES_ID: '', APPLE_BUNDLE_IDS: '' }, ['APPLE_SERVICES_ID']],
    [
      { APPLE_TEAM_ID: '', APPLE_KEY_ID: '', APPLE_KEY: '' },
      ['APPLE_TEAM_ID', 'APPLE_KEY_ID', 'APPLE_KEY'],
    ],
    [{ APPLE_TEAM_ID: 'short', APPLE_KEY_ID: 'lower12345' }, ['APPLE_TEAM_ID', 'APPLE_KEY_ID']],
    [{ APPLE_SERVICES_ID: 'login' }, ['APPLE_SERVICES_ID']],
    [{ APPLE_BUNDLE_IDS: 'com.example.app,*' }, ['APPLE_BUNDLE_IDS']],
    [{ APPLE_SERVICES_ID: 'com.example.app' }, ['APPLE_SERVICES_ID']],
    [{ APPLE_BASE_URL: 'http://apple.example.com' }, ['APPLE_BASE_URL']],
    [{ APPLE_BASE_URL: 'https://appleid.apple.com/auth' }, ['APPLE_BASE_URL']],
    [{ ORIGIN: 'http://localhost:3000' }, ['APPLE_SERVICES_ID']],
  ])('names what is missing or misspelt: %j', (changes, names) => {
    const named = problemsOf(changes).map((problem) => problem.split(':')[0]);
    expect(named).toEqual(names);
  });

  it('needs no https if something else than Apple redirects', () => {
    const local = { ORIGIN: 'http://localhost:3000', APPLE_BASE_URL: 'http://localhost:4000' };
    expect(problemsOf(local)).toEqual([]);
  });

  it('names what is wrong with the key, and quotes nothing of it', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    for (const [content, words] of [
      [pem(privateKey), 'P-256'],
      [pem(rsa), 'P-256'],
      [publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'no private key'],
      ['a secret that is no key', 'no private key'],
    ] as const) {
      const [problem, ...more] = problemsOf({ APPLE_KEY: file('other.p8', content) });
      expect(problem).toMatch(new RegExp(`^APPLE_KEY: .*${words}`));
      expect(problem).not.toContain('a secret');
      expect(more).toEqual([]);
    }
    expect(problemsOf({ APPLE_KEY: join(folder, 'none.p8') })).toEqual([
      expect.stringMatching(/^APPLE_KEY: expected a \.p8 file: ENOENT/),
    ]);
  });
});
