/** Latchkey inside an Express application of somebody else, beside routes of their own. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config.ts';
import { type Latchkey, openLatchkey } from './middleware.ts';
import { SoftwareAuthenticator } from './testing/authenticator.ts';
import { TestBrowser } from './testing/browser.ts';

let folder: string;
let latchkey: Latchkey;
let server: Server;
let origin: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const DATABASE_URL = `file:${folder}/latchkey.db`;
  latchkey = await openLatchkey({ ORIGIN: origin, DATABASE_URL, RATE_LIMITS: 'off' });
  const host = express();
  host.set('trust proxy', true);
  // Many applications parse bodies before anything else, all of them or some.
  host.use((request, _response, next) => {
    // Express 4 sets it before anything is read.
    request.body = {};
    next();
  });
  host.use('/echo', express.json());
  host.use('/api/authentication', express.json());
  host.use(latchkey.handler);
  host.get('/hello', (request, response) => {
    response.set('x-trusts', String(request.app.get('trust proxy'))).json({ greeting: 'hello' });
  });
  host.get('/target', ({ url, originalUrl }, response) => void response.json([url, originalUrl]));
  host.post('/echo', (request, response) => void response.json(request.body));
  host.use((_request, response) => void response.status(404).send('the host knows nothing of it'));
  server.on('request', host);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await latchkey.close();
  rmSync(folder, { recursive: true });
});

describe('inside another application', () => {
  it('a person signs up, in again and out', async () => {
    const browser = new TestBrowser(origin);
    const device = new SoftwareAuthenticator({ origin });
    expect((await browser.signUp('ann', device)).status).toBe(201);
    expect((await browser.signIn(device)).status).toBe(200);
    expect((await browser.get('/api/session')).body.user.username).toBe('ann');
    expect((await browser.request('DELETE', '/api/session')).status).toBe(204);
    expect((await browser.get('/sign-in')).body).toContain('<title>Sign in');
  });

  it('a refusal is told as ever', async () => {
    const { status, body } = await new TestBrowser(origin).get('/api/session');
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
    const prf = { prf: { results: { first: 'AA' } } };
    const refused = await new TestBrowser(origin).post('/api/authentication/options', prf);
    expect(refused.body.detail).toBe('PRF results must not leave the device');
  });

  it('the routes of the application are as they were', async () => {
    const { body, headers } = await new TestBrowser(origin).get('/hello');
    expect(body).toEqual({ greeting: 'hello' });
    expect(headers.get('x-trusts')).toBe('true');
    expect(headers.get('content-security-policy')).toBeNull();
    expect((await new TestBrowser(origin).post('/echo', { prf: 1 })).body).toEqual({ prf: 1 });
  });

  it('a target in absolute form is answered if it is ours, and left as it was if not', async () => {
    const { port } = server.address() as AddressInfo;
    const ask = async (path: string) => {
      const asked = request({ host: 'localhost', port, path }).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      return text(answer);
    };
    expect(await ask(`${origin}/sign-in`)).toContain('<title>Sign in');
    const target = `${origin}/target?x`;
    expect(JSON.parse(await ask(target))).toEqual([target, target]);
  });

  it.each(['/nothing', '/assets/none.js', '/metrics/', '/api/nothing', '/hello%20there'])(
    '%s is for the application to answer',
    async (path) => {
      const { status, body, headers } = await new TestBrowser(origin).get(path);
      expect([status, body]).toEqual([404, 'the host knows nothing of it']);
      expect(headers.get('content-security-policy')).toBeNull();
    },
  );
});

it('a configuration that can’t be is refused, by the name of each field', async () => {
  await expect(openLatchkey({ ORIGIN: 'nowhere' })).rejects.toThrow(ConfigError);
});
