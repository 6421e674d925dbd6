/** The forms of a request target (RFC 9112 §3.2), and what only looks like one of them. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppsApp, startAppsApp } from '../testing/apps.ts';

let app: AppsApp;
beforeAll(async () => {
  app = await startAppsApp();
});
afterAll(() => app.close());

async function ask(path: string, method = 'GET') {
  const headers = { host: `localhost:${app.port}` };
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    location: string | undefined;
    allow: string | undefined;
    body: string;
  }>();
  request({ host: 'localhost', port: app.port, path, method, headers }, (answer) => {
    const { statusCode: status = 0, headers: given } = answer;
    const { location, allow } = given;
    text(answer).then((body) => resolve({ status, location, allow, body }), reject);
  })
    .once('error', reject)
    .end();
  return promise;
}

const lastLine = () => JSON.parse(app.logLines.at(-1) ?? '') as Record<string, unknown>;

describe('RFC 9112 §3.2.2: a target in absolute form', () => {
  it.each([
    '/healthz',
    '/sign-in',
    '/api/session',
    '/style.css',
    '/icons/none.png',
    '/.well-known/passkey-endpoints',
    '/.well-known/openid-configuration/oidc',
    '/oidc/jwks',
    '/oidc/.well-known/openid-configuration',
    '/oidc/authorize?client_id=web',
    '/',
  ])('%s is answered as in origin form', async (path) => {
    const { status, location } = await ask(path);
    for (const host of ['http://localhost', 'HTTPS://evil.example:8443', 'http://[::1]:80']) {
      expect(await ask(host + path)).toMatchObject({ status, location });
    }
  });

  it('says nothing of who we are', async () => {
    const { body } = await ask('http://evil.example/oidc/.well-known/openid-configuration');
    expect(JSON.parse(body)).toMatchObject({ issuer: app.issuer, jwks_uri: `${app.issuer}/jwks` });
    for (const path of ['/sign-in', '/.well-known/passkey-endpoints', '/oidc/jwks']) {
      expect((await ask(`http://evil.example${path}`)).body).not.toContain('evil.example');
    }
  });

  it('is logged and counted by its path', async () => {
    await ask('http://evil.example/api/session?secret=1');
    expect(lastLine()).toMatchObject({ path: '/api/session', status: 401 });
    const { body } = await ask('http://evil.example/metrics');
    expect(body).toContain('route="/api/session"');
    expect(body).not.toContain('evil');
  });

  // RFC 9110 §4.2.3: an empty path is `/`.
  it.each(['http://localhost', 'http://localhost?x=1'])('%s asks for /', async (target) => {
    const { status, location } = await ask('/');
    expect(await ask(target)).toMatchObject({ status, location });
  });

  it.each([
    '//evil.example/sign-in',
    'http://localhost//evil.example/sign-in',
    'http:///sign-in',
    'http://:80/sign-in',
    'http://ann:secret@localhost/sign-in',
    'http://localhost@evil.example/sign-in',
    'http://localhost:80:80/sign-in',
    'http://localhost/../sign-in',
    'http://localhost/http://localhost/sign-in',
    'http://http://localhost/sign-in',
    'ftp://localhost/sign-in',
    'javascript:/sign-in',
    'http:/sign-in',
    '*',
  ])('%s leads nowhere', async (target) => {
    const { status, location } = await ask(target);
    expect([400, 404]).toContain(status);
    expect(location).toBeUndefined();
  });
});

describe('RFC 9110 §9.3.7: the server itself', () => {
  // RFC 9112 §3.2.4: the last proxy makes `*` of a target without path.
  it.each(['*', 'http://localhost'])('is asked what it can with OPTIONS %s', async (target) => {
    const { status, allow } = await ask(target, 'OPTIONS');
    expect([status, allow]).toEqual([204, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS']);
  });
});
