/** What a row can ask for, each by a row that does. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RpError } from '../errors.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { TestBrowser } from '../testing/browser.ts';
import { forgetSession, keepSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { mount } from './mount.ts';
import { noContent, ok, seeOther } from './reply.ts';
import { createSite } from './site.ts';

const base = { summary: '', who: 'anyone', codes: [] } as const;

const rows = [
  endpoint({
    ...base,
    ...{ id: 'form', method: 'post', path: '/form', encoding: 'form' },
    body: z.object({ code: z.string() }),
    answer: { 200: z.object({ code: z.string() }) },
    handle: (_deps, { body }) => ok(body),
  }),
  endpoint({
    ...base,
    ...{ id: 'callback', method: 'post', path: '/callback', encoding: 'form', crossSite: true },
    answer: { 303: null },
    handle: (_deps, { query }) => seeOther(`/return?${query}`),
  }),
  endpoint({
    ...base,
    ...{ id: 'bytes', method: 'get', path: '/bytes/{name}' },
    answer: { 200: 'application/octet-stream' },
    handle: (_deps, { params: { name } }) => ok(Buffer.from(name)),
  }),
  endpoint({
    ...base,
    ...{ id: 'signIn', method: 'put', path: '/signed-in' },
    answer: { 204: null },
    handle: ({ config }) => noContent({ cookies: [keepSession(config, 'token')] }),
  }),
  endpoint({
    ...base,
    ...{ id: 'signOut', method: 'delete', path: '/signed-in' },
    answer: { 204: null },
    handle: ({ config }) => noContent({ cookies: [forgetSession(config)] }),
  }),
  endpoint({
    ...base,
    ...{ id: 'broken', method: 'get', path: '/broken' },
    answer: { 204: null },
    handle: () => Promise.reject(new Error('a secret of the server')),
  }),
  endpoint({
    ...base,
    ...{ id: 'refusing', method: 'get', path: '/refusing' },
    answer: { 204: null },
    handle: () => {
      throw new RpError('not_found', { detail: 'for the log' });
    },
  }),
];

let app: TestApp;
let server: Server;
let browser: TestBrowser;

beforeAll(async () => {
  app = await startTestApp();
  const router = mount(app.deps, createSite(app.deps), rows);
  const route = router as unknown as (...args: unknown[]) => void;
  server = createServer((request, response) => {
    route(request, response, () => response.writeHead(418).end());
  }).listen(0, 'localhost');
  await once(server, 'listening');
  browser = new TestBrowser(
    `http://localhost:${(server.address() as AddressInfo).port}`,
    app.deps.config.origin,
  );
});
afterAll(async () => {
  server.close();
  await app.close();
});

const form = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a row can', () => {
  it('take a form, and then takes no JSON', async () => {
    expect((await browser.request('POST', '/form', 'code=a%20b', form)).body).toEqual({
      code: 'a b',
    });
    expect((await browser.post('/form', { code: 'x' })).body.code).toBe('unsupported_media_type');
    const twice = await browser.request('POST', '/form', 'code=a&code=b', form);
    expect(twice.body.code).toBe('invalid_request');
  });

  it('let another site call it, and send the browser elsewhere', async () => {
    const foreign = { ...form, origin: 'https://other.example', 'sec-fetch-site': 'cross-site' };
    const answer = await browser.request('POST', '/callback?state=x', 'code=y', foreign);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/return?state=x']);
    expect((await browser.request('POST', '/form', 'code=y', foreign)).status).toBe(403);
  });

  it('answer bytes', async () => {
    const { body, headers } = await browser.get('/bytes/abc');
    expect(body).toBe('abc');
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-length')).toBe('3');
    expect(headers.get('cache-control')).toBe('no-store');
    const head = await browser.request('HEAD', '/bytes/abc');
    expect([head.status, head.headers.get('content-length'), head.body]).toEqual([200, '3', '']);
  });

  it('sign the browser in and out', async () => {
    await browser.request('PUT', '/signed-in');
    expect(browser.cookies.get('latchkey-session')).toBe('token');
    await browser.request('DELETE', '/signed-in');
    expect(browser.cookies.has('latchkey-session')).toBe(false);
  });

  it('fail without a word of what was inside', async () => {
    const { body } = await browser.get('/broken');
    expect(body).toMatchObject({ code: 'internal_error', status: 500 });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(JSON.stringify((await browser.get('/refusing')).body)).not.toContain('log');
  });

  it('be asked what can be done with it', async () => {
    const { status, headers } = await browser.request('OPTIONS', '/signed-in');
    expect([status, headers.get('allow')]).toEqual([204, 'PUT, DELETE']);
  });
});

it('what is no row’s is left to the next', async () => {
  for (const path of ['/nothing', '/form/', '/Form', '/signed-in']) {
    expect((await browser.get(path)).status).toBe(418);
  }
});
