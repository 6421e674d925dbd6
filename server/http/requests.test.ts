import { afterAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { startTestApp } from '../testing/app.ts';
import { endpointsFor } from './endpoints.ts';

const app = await startTestApp();
const endpoints = endpointsFor(app.deps.config);
const operations = endpoints.filter(({ page }) => !page);
afterAll(() => app.close());

describe('a request', () => {
  const options = '/api/authentication/options';

  it.each([
    ['form', 'application/x-www-form-urlencoded', 'username=ann', 415],
    ['text', 'text/plain', '{}', 415],
    ['JSON of another kind', 'application/json-patch+json', '[]', 415],
    ['another character set', 'application/json; charset=latin1', '{}', 415],
    ['UTF-16', 'application/json; charset=utf-16', '{}', 415],
    ['malformed JSON', 'application/json', '{"username":', 400],
    ['JSON that is no object', 'application/json', '[]', 400],
    ['a text', 'application/json', '"ann"', 400],
    ['an empty user name', 'application/json', '{"username":""}', 400],
    ['another purpose', 'application/json', '{"purpose":"payment"}', 400],
    [
      'immediate with a user name',
      'application/json',
      '{"username":"a","mediation":"immediate"}',
      400,
    ],
    ['more than 64 KiB', 'application/json', JSON.stringify({ username: 'x'.repeat(65_536) }), 413],
    ['a character set in the type', 'application/json; charset=utf-8', '{}', 200],
    ['members of a later specification', 'application/json', '{"later":1}', 200],
  ])('with %s', async (_name, type, body, status) => {
    const answer = await app.browser().request('POST', options, body, { 'content-type': type });
    expect(answer.status).toBe(status);
    if (status !== 200) expect(answer.body.code).toEqual(expect.stringMatching(/^[a-z_]+$/));
  });

  it('without a body is one with an empty object', async () => {
    expect((await app.browser().request('POST', options)).status).toBe(200);
  });

  it('in bytes that are not UTF-8 is refused', async () => {
    const response = await fetch(app.origin + options, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"username":"ab\xff"}', 'latin1'),
    });
    expect(response.status).toBe(400);
  });

  it.each([
    ['where they belong', { clientExtensionResults: { prf: { results: { first: 'AA' } } } }],
    ['at the top', { prf: { results: { first: 'AA' } } }],
    ['deep inside', { response: { x: [{ prf: { results: { second: 'AA' } } }] } }],
    ['in a list', { prf: [{ results: [{ first: 'AA' }] }] }],
    ['without their own names', { prf: [['AA']] }],
    ['as one text', { prf: 'AA' }],
    ['as numbers', { prf: { results: { first: [[1, 2]] } } }],
    ['below another name', { prf: { enabled: true, x: { y: { results: { first: {} } } } } }],
    ['by their old name', { clientExtensionResults: { hmacGetSecret: { output1: 'AA' } } }],
  ])('with PRF results %s is refused', async (_name, body) => {
    for (const path of [options, '/api/registration/verify', '/api/authentication/verify']) {
      const answer = await app.browser().post(path, body);
      expect(answer.body).toMatchObject({
        code: 'invalid_request',
        detail: 'PRF results must not leave the device',
      });
    }
  });

  it('that says what PRF can do, without results, is not refused for it', async () => {
    for (const prf of [{ enabled: true, results: {} }, { enabled: false }, true, null, []]) {
      expect((await app.browser().post(options, { prf })).status).toBe(200);
    }
  });

  it('nested as deep as it can be is refused like any other', async () => {
    const depth = 30_000;
    const nested = '['.repeat(depth) + ']'.repeat(depth);
    expect((await app.browser().post(options, nested)).status).toBe(400);
    expect((await app.browser().post(options, `{"prf":${nested}}`)).status).toBe(200);
  });

  it.each(operations.map(({ method, path }) => [method.toUpperCase(), path] as const))(
    'of another spelling, %s %s in capitals, finds nothing',
    async (method, path) => {
      const [, first = ''] = path.split('/');
      for (const spelling of [path.replace(first, first.toUpperCase()), path.toUpperCase()]) {
        const answer = await app.browser().request(method, spelling.replace('{ID}', 'x'));
        expect([spelling, answer.status]).toEqual([spelling, 404]);
      }
    },
  );

  it('with a compressed body is refused', async () => {
    const answer = await app
      .browser()
      .request('POST', options, '{}', { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(415);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['the opaque origin', { origin: 'null' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a neighbour of the site', { 'sec-fetch-site': 'same-site' }, 403],
    ['the address bar', { 'sec-fetch-site': 'none' }, 200],
    ['the site itself', {}, 200],
  ])('that changes state, from %s', async (_name, headers, status) => {
    const answer = await app.browser().request('POST', options, {}, headers);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.code).toBe('cross_site_request');
  });

  it('of a native app has neither header, and passes', async () => {
    const response = await fetch(app.origin + options, { method: 'POST' });
    expect(response.status).toBe(200);
  });

  it.each([
    '/nothing',
    '/api/nothing',
    '/api/credentials/%E0%A4%A',
    '/sign-in.html',
    '/sign-in%2Ehtml',
    '/account.htm%6c',
    '/%E0%A4%A',
    '/assets/none.js',
  ])('for %s finds nothing', async (path) => {
    const { status, body } = await app.browser().get(path);
    expect([400, 404]).toContain(status);
    expect(['not_found', 'invalid_request']).toContain(body.code);
  });

  it('never decides who we are by its Host header', async () => {
    const answer = await app
      .browser()
      .request('POST', options, {}, { 'x-forwarded-host': 'evil.example' });
    expect(answer.body.rpId).toBe('localhost');
  });
});

describe('every answer', () => {
  it('carries the security headers', async () => {
    for (const path of ['/sign-in', '/healthz', '/nothing', '/api/session']) {
      const { headers } = await app.browser().get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('permissions-policy')).toContain('publickey-credentials-get=(self)');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });
});

describe('an options call', () => {
  it('writes nothing', async () => {
    const browser = app.browser();
    await browser.signUp('writer', app.device());
    const before = await app.contents();
    await browser.creationOptions({});
    await browser.creationOptions({ username: 'newcomer' });
    await browser.requestOptions();
    await browser.requestOptions({ username: 'writer' });
    await browser.requestOptions({ username: 'nobody' });
    await browser.requestOptions({ purpose: 'step-up' });
    expect(await app.contents()).toEqual(before);
  });
});

describe('the pages', () => {
  it('lead to sign-in or to the account', async () => {
    const browser = app.browser();
    expect((await browser.get('/')).headers.get('location')).toBe('/sign-in');
    expect((await browser.get('/account')).headers.get('location')).toBe('/sign-in');
    await browser.signUp('visitor', app.device());
    expect((await browser.get('/')).headers.get('location')).toBe('/account');
    expect((await browser.get('/sign-in')).headers.get('location')).toBe('/account');
  });

  it('hold the request options, so that autofill needs no second round trip', async () => {
    const [browser, authenticator] = [app.browser(), app.device()];
    await app.browser().signUp('embedded', authenticator);
    const { body, headers } = await browser.get('/sign-in');
    expect(headers.get('cache-control')).toBe('no-store');
    const [, json = ''] = /<script[^>]*id="page"[^>]*>(.*?)<\/script>/s.exec(body) ?? [];
    const { options, rpId } = JSON.parse(json);
    expect(rpId).toBe('localhost');
    const answer = await browser.verifyAuthentication(await authenticator.get(options));
    expect(answer.status).toBe(200);
  });

  it('name the domains that the site moved from, and ask for passkeys of its own', async () => {
    const moved = await startTestApp({ env: { FORMER_RP_IDS: 'old.example, older.example' } });
    try {
      const { body } = await moved.browser().get('/sign-in');
      const [, json = ''] = /<script[^>]*id="page"[^>]*>(.*?)<\/script>/s.exec(body) ?? [];
      const { options, formerRpIds } = JSON.parse(json);
      expect(formerRpIds).toEqual(['old.example', 'older.example']);
      expect(options.rpId).toBe('localhost');
    } finally {
      await moved.close();
    }
  });

  it('can’t be broken out of by a name', async () => {
    const evil = await startTestApp({ env: { RP_NAME: '</script><b>{{page}} & Sons' } });
    try {
      const { body } = await evil.browser().get('/sign-in');
      expect(body).not.toContain('</script><b>');
      expect(body).toContain('&#60;/script&#62;');
    } finally {
      await evil.close();
    }
  });
});

describe('operations', () => {
  it('says that it lives, works, and how it does', async () => {
    const browser = app.browser();
    expect((await browser.get('/healthz')).body).toEqual({ status: 'ok' });
    expect((await browser.get('/readyz')).body).toEqual({ status: 'ok' });
    await browser.post('/api/authentication/verify', {});
    const { body } = await browser.get('/metrics');
    const counted = (...labels: string[]) =>
      (body as string)
        .split('\n')
        .filter((line) => line.startsWith('latchkey_ceremonies_total{'))
        .some((line) => labels.every((label) => line.includes(label)));
    expect(counted('ceremony="authentication"', 'outcome="invalid_request"')).toBe(true);
    const succeeded = ['outcome="ok"', 'mediation="conditional"', 'attachment="platform"'];
    expect(counted('ceremony="authentication"', ...succeeded)).toBe(true);
    expect(body).toContain('latchkey_store_operation_seconds_count');
    expect(body).toContain('nodejs_eventloop_lag_seconds');
  });

  it('is not ready when the database does not answer', async () => {
    const broken = await startTestApp();
    await broken.deps.store.close();
    const answer = await broken.browser().get('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe('unavailable');
    await expect(broken.close()).resolves.toBeUndefined();
  });

  it('asks the database at most once a second, however many ask whether it is ready', async () => {
    const busy = await startTestApp();
    const pings = async () => {
      const { body } = await busy.browser().get('/metrics');
      return Number(/store_operation_seconds_count\{operation="ping"\} (\d+)/.exec(body)?.[1] ?? 0);
    };
    const askOften = () =>
      Promise.all(Array.from({ length: 20 }, () => busy.browser().get('/readyz')));
    await askOften();
    const first = await pings();
    busy.advance(1_000);
    for (const { status } of await askOften()) expect(status).toBe(200);
    expect(await pings()).toBe(first + 1);
    busy.advance(-3_600_000);
    await askOften();
    expect(await pings()).toBe(first + 2);
    await busy.close();
  });
});

describe('the OpenAPI document', () => {
  it('describes every operation the server has, and every reference resolves', async () => {
    const { body } = await app.browser().get('/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(20);
    for (const [, name = ''] of references) expect(body.components.schemas).toHaveProperty(name);
    for (const { method, path } of operations) {
      expect(body.paths[path]).toHaveProperty(method);
      // No provider has that icon.
      if (path === '/providers/{aaguid}/{theme}') continue;
      const answer = await app
        .browser()
        .request(
          method.toUpperCase(),
          path.replace('{id}', 'AAAA'),
          method === 'get' ? undefined : {},
        );
      expect([method, path, answer.body?.code]).not.toEqual([method, path, 'not_found']);
    }
  });

  it('holds every answer to its schema', async () => {
    const browser = app.browser();
    const authenticator = app.device();
    const answer = (path: string, method: string) => {
      const row = operations.find((each) => each.path === path && each.method === method);
      return (row?.answer[200] ?? row?.answer[201]) as z.ZodType | undefined;
    };
    const signedUp = await browser.signUp('documented', authenticator);
    const signedIn = await browser.signIn(authenticator);
    const { id } = signedUp.body.credential;
    for (const [path, method, body] of [
      ['/api/registration/verify', 'post', signedUp.body],
      ['/api/authentication/verify', 'post', signedIn.body],
      ['/api/registration/options', 'post', await browser.creationOptions({})],
      ['/api/authentication/options', 'post', await browser.requestOptions()],
      ['/api/session', 'get', (await browser.get('/api/session')).body],
      ['/api/sessions', 'get', (await browser.get('/api/sessions')).body],
      ['/api/credentials', 'get', (await browser.get('/api/credentials')).body],
      [
        '/api/credentials/{id}',
        'patch',
        (await browser.request('PATCH', `/api/credentials/${id}`, { name: 'x' })).body,
      ],
      [
        '/api/account',
        'patch',
        (await browser.request('PATCH', '/api/account', { displayName: 'x' })).body,
      ],
      ['/api/account', 'delete', (await browser.request('DELETE', '/api/account')).body],
    ] as const) {
      const parsed = answer(path, method)?.safeParse(body);
      expect([path, method, parsed?.error?.issues]).toEqual([path, method, undefined]);
      expect(parsed?.data).toEqual(body);
    }
  });
});
