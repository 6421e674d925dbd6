/** What the systems of phones read to learn which apps belong to this domain. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigError, loadConfig } from '../config.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';

const apple = '/.well-known/apple-app-site-association';
const google = '/.well-known/assetlinks.json';
const [first = '', second = ''] = ['AB', 'CD'].map((byte) => Array(32).fill(byte).join(':'));

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-association-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: unknown): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const applinks = {
  details: [{ appIDs: ['A1B2C3D4E5.com.example.app'], components: [{ '/': '/shared/*' }] }],
};
const onTheWeb = {
  relation: ['delegate_permission/common.get_login_creds'],
  target: { namespace: 'web', site: 'https://www.example.com' },
};

describe('apps that are configured', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({
      env: {
        ORIGIN: 'https://example.com',
        RELATED_ORIGINS: 'https://example.org',
        APPLE_APP_IDS: 'A1B2C3D4E5.com.example.app, F1B2C3D4E5.com.example.other',
        ANDROID_APPS: `com.example.app@${first},com.example.app@${second},org.other.app@${first}`,
        APPLE_ASSOCIATION: file({ applinks, appclips: { apps: ['A1B2C3D4E5.com.example.Clip'] } }),
        ANDROID_ASSET_LINKS: file([onTheWeb]),
      },
    });
  });
  afterAll(() => app.close());

  it('are told to Apple’s systems, with what the operator adds', async () => {
    const { status, body } = await app.browser().get(apple);
    expect([status, body]).toEqual([
      200,
      {
        webcredentials: { apps: ['A1B2C3D4E5.com.example.app', 'F1B2C3D4E5.com.example.other'] },
        applinks,
        appclips: { apps: ['A1B2C3D4E5.com.example.Clip'] },
      },
    ]);
  });

  it('are told to Google’s, a statement each with all of its certificates', async () => {
    const relation = [
      'delegate_permission/common.get_login_creds',
      'delegate_permission/common.handle_all_urls',
    ];
    const target = (name: string, ...prints: string[]) => ({
      namespace: 'android_app',
      package_name: name,
      sha256_cert_fingerprints: prints,
    });
    const { status, body } = await app.browser().get(google);
    expect([status, body]).toEqual([
      200,
      [
        { relation, target: target('com.example.app', first, second) },
        { relation, target: target('org.other.app', first) },
        onTheWeb,
      ],
    ]);
  });

  it.each([apple, google])(
    'are JSON by that name alone, for any cache, and no redirect (%s)',
    async (path) => {
      const { status, headers } = await app.browser().get(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/json');
      expect(headers.get('cache-control')).toBe('public, max-age=3600');
      expect(headers.get('set-cookie')).toBeNull();
    },
  );

  it.each([apple, google])('are the same on the hosts of related origins (%s)', async (path) => {
    const { body } = await app.browser().get(path);
    for (const host of ['example.com', 'example.org', 'localhost']) {
      expect(await bodyAs(host, app.port, path)).toEqual(body);
    }
  });
});

describe('without apps', () => {
  it('there is nothing to read', async () => {
    const app = await startTestApp();
    for (const path of [apple, google]) {
      const { status, body } = await app.browser().get(path);
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
    await app.close();
  });

  it('what the operator writes is there alone', async () => {
    const env = {
      APPLE_ASSOCIATION: file({ applinks }),
      ANDROID_ASSET_LINKS: file([onTheWeb]),
    };
    const app = await startTestApp({ env });
    expect((await app.browser().get(apple)).body).toEqual({ applinks });
    expect((await app.browser().get(google)).body).toEqual([onTheWeb]);
    await app.close();
  });
});

describe('a file of the operator is refused at start', () => {
  const androidApp = (members: object) => ({
    relation: ['delegate_permission/common.handle_all_urls'],
    target: {
      ...{ namespace: 'android_app', package_name: 'com.example.app' },
      ...{ sha256_cert_fingerprints: [first], ...members },
    },
  });

  it.each<[string, string, unknown, RegExp]>([
    ['that is none', 'APPLE_ASSOCIATION', 'nothing', /^expected a JSON file: it is not JSON/],
    ['that is a list', 'APPLE_ASSOCIATION', [], /expected (object|record)/],
    [
      'that names who may use passkeys',
      'APPLE_ASSOCIATION',
      { webcredentials: { apps: ['Z1B2C3D4E5.com.evil'] } },
      /^webcredentials is written from APPLE_APP_IDS$/,
    ],
    ['with another member', 'APPLE_ASSOCIATION', { applink: {} }, /^applink: expected applinks,/],
    [
      'with an app without its prefix',
      'APPLE_ASSOCIATION',
      { appclips: { apps: ['com.example.Clip'] } },
      /^appclips\.apps\[0\]: com\.example\.Clip: expected PREFIX\.bundle\.id/,
    ],
    [
      'with links of no app',
      'APPLE_ASSOCIATION',
      { applinks: { details: [{ paths: ['*'] }] } },
      /^applinks\.details\[0\]: expected appIDs/,
    ],
    ['that is an object', 'ANDROID_ASSET_LINKS', {}, /expected array/],
    [
      'that names who may use passkeys',
      'ANDROID_ASSET_LINKS',
      [{ ...androidApp({}), relation: ['delegate_permission/common.get_login_creds'] }],
      /^\[0\]: com\.example\.app: get_login_creds of apps is written from ANDROID_APPS/,
    ],
    [
      'with a fingerprint of another hash',
      'ANDROID_ASSET_LINKS',
      [androidApp({ sha256_cert_fingerprints: [first.slice(0, 59)] })],
      /^\[0\]: com\.example\.app: .*another hash/,
    ],
    [
      'with a site that is no origin',
      'ANDROID_ASSET_LINKS',
      [{ ...onTheWeb, target: { namespace: 'web', site: 'https://www.example.com/' } }],
      /^\[0\]\.target\.site: expected an origin/,
    ],
    [
      'with a target of another kind',
      'ANDROID_ASSET_LINKS',
      [{ ...onTheWeb, target: { namespace: 'ios_app' } }],
      /^\[0\]\.target\.namespace: /,
    ],
  ])('%s', (_, name, content, problem) => {
    try {
      loadConfig({ [name]: file(content) });
      expect.unreachable();
    } catch (error) {
      const { problems } = error as ConfigError;
      expect(problems.map((each) => each.slice(`${name}: `.length))).toEqual([
        expect.stringMatching(problem),
      ]);
    }
  });
});

/** `fetch` does not let the Host be chosen. */
function bodyAs(host: string, port: number, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, headers: { host } }, (response) => {
      let body = '';
      response.on('data', (data: Buffer) => {
        body += data.toString();
      });
      response.on('end', () => resolve(JSON.parse(body)));
    });
    asked.once('error', reject).end();
  });
}
