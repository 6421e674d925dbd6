import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';

const webauthn = '/.well-known/webauthn';
const endpoints = '/.well-known/passkey-endpoints';
const moved = {
  ORIGIN: 'https://new.example',
  FORMER_RP_IDS: 'old.example',
  RELATED_ORIGINS: 'https://old.example,https://new.example.org,https://new.example',
};

/** `fetch` does not let the Host be chosen. */
function askAs(host: string, { port }: TestApp, path: string, method = 'GET') {
  return new Promise<{ status: number | undefined; headers: object; body: string }>(
    (resolve, reject) => {
      const asked = request({ port, path, method, headers: { host } }, (response) => {
        let body = '';
        response.on('data', (data: Buffer) => {
          body += data.toString();
        });
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body }),
        );
      });
      asked.once('error', reject).end();
    },
  );
}

describe('what a site that has moved says of itself', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ env: moved });
  });
  afterAll(() => app.close());

  it('are the origins that may use its passkeys, once each and its own first', async () => {
    const { status, body } = await app.browser().get(webauthn);
    expect(status).toBe(200);
    expect(body).toEqual({
      origins: ['https://new.example', 'https://old.example', 'https://new.example.org'],
    });
  });

  it('is where passkeys are added and managed, and what they encrypt', async () => {
    const account = 'https://new.example/account';
    const prfUsageDetails = 'https://new.example/vault';
    const { status, body } = await app.browser().get(endpoints);
    expect([status, body]).toEqual([200, { enroll: account, manage: account, prfUsageDetails }]);
  });

  it.each([webauthn, endpoints])(
    'is JSON by that name alone, for everybody and any cache (%s)',
    async (path) => {
      const { headers } = await app.browser().get(path);
      expect(headers.get('content-type')).toBe('application/json');
      expect(headers.get('cache-control')).toBe('public, max-age=3600');
      expect(headers.get('set-cookie')).toBeNull();
      expect(headers.get('vary')).toBeNull();
    },
  );

  it.each([webauthn, endpoints])('is the same under whatever Host asks (%s)', async (path) => {
    const { body } = await askAs('new.example', app, path);
    expect(JSON.parse(body)).toEqual((await app.browser().get(path)).body);
    for (const host of ['old.example', 'evil.example', '127.0.0.1']) {
      expect(await askAs(host, app, path)).toMatchObject({ status: 200, body });
    }
    expect(await askAs('old.example', app, path, 'HEAD')).toMatchObject({
      status: 200,
      headers: { 'content-length': String(body.length) },
      body: '',
    });
  });

  it('is not there by other spellings or methods', async () => {
    for (const [method, path] of [
      ['GET', '/.well-known/WebAuthn'],
      ['GET', '/.WELL-KNOWN/webauthn'],
      ['POST', webauthn],
    ] as const) {
      const { status } = await app.browser().request(method, path);
      expect([method, path, status]).toEqual([method, path, 404]);
    }
  });
});

describe('what a site alone on its domain says of itself', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('is nothing of other origins, and no cache keeps that', async () => {
    const { status, headers, body } = await app.browser().get(webauthn);
    expect([status, body.code]).toEqual([404, 'not_found']);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('is where passkeys are added and managed all the same', async () => {
    const { body } = await app.browser().get(endpoints);
    expect(body.manage).toBe(`${app.deps.config.origin}/account`);
  });
});

describe('a site that has moved and lists no other origin', () => {
  it('may use the passkeys of its old domain, which says so', async () => {
    const { RELATED_ORIGINS: _, ...env } = moved;
    const app = await startTestApp({ env });
    const { body } = await askAs('old.example', app, webauthn);
    expect(JSON.parse(body)).toEqual({ origins: ['https://new.example'] });
    await app.close();
  });
});
