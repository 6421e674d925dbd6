/** A browser that came to another host than that of `ORIGIN` is told where the site is. */
import { request } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';

const app = await startTestApp();
const behindProxy = await startTestApp({ env: { TRUST_PROXY: 'loopback' } });
afterAll(() => Promise.all([app.close(), behindProxy.close()]));

async function get(at: TestApp, path: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ status: number; location: string | undefined }>((resolve, reject) => {
    const asked = request({ port: at.port, host: 'localhost', path, headers }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, location: answer.headers.location });
    });
    asked.once('error', reject).end();
  });
}

describe('a page asked for at another host', () => {
  it.each([
    ['/sign-in', '/sign-in?moved='],
    ['/account', '/account?moved='],
    ['/login', '/login?moved='],
    ['/', '/?moved='],
    ['/sign-in?interaction=x%26y', '/sign-in?interaction=x%26y&moved='],
  ])('%s leads to ORIGIN', async (path, to) => {
    const host = `127.0.0.1:${app.port}`;
    expect(await get(app, path, { host })).toEqual({ status: 303, location: app.origin + to });
  });

  it('is served in the end, as a proxy may hide which host it was', async () => {
    const headers = { host: 'backend:3000' };
    const { location = '' } = await get(app, '/sign-in', headers);
    expect(await get(app, location.slice(app.origin.length), headers)).toMatchObject({
      status: 200,
    });
  });

  it('leads there by what a trusted proxy says of the host, and by nobody else’s word', async () => {
    const other = { 'x-forwarded-host': 'other.example' };
    const own = (at: TestApp) => ({ host: `localhost:${at.port}` });
    expect((await get(app, '/sign-in', { ...own(app), ...other })).status).toBe(200);
    const answer = await get(behindProxy, '/sign-in', { ...own(behindProxy), ...other });
    expect(answer.location).toBe(`${behindProxy.origin}/sign-in?moved=`);
    const told = { host: 'backend', 'x-forwarded-host': `localhost:${behindProxy.port}` };
    expect((await get(behindProxy, '/sign-in', told)).status).toBe(200);
  });

  it.each(['a b', 'x y:z', '[::1', ''])('is served if that host is %j', async (host) => {
    expect((await get(app, '/sign-in', { host })).status).toBe(200);
  });
});

it.each(['/healthz', '/readyz', '/metrics', '/openapi.json', '/.well-known/passkey-endpoints'])(
  '%s is under every host',
  async (path) => {
    expect((await get(app, path, { host: 'other.example' })).status).toBe(200);
  },
);

it('a call that a page at another host makes is refused, and says where the site is', async () => {
  const answer = await app
    .browser()
    .request('POST', '/api/authentication/options', {}, { origin: `http://127.0.0.1:${app.port}` });
  expect(answer.body).toMatchObject({ code: 'cross_site_request', origin: app.origin });
  expect(answer.body.detail).toContain(app.origin);
});
