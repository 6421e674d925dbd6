/** Forward auth behind real proxies, which are configured as the guide says. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseSetCookie } from 'cookie';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../server/testing/app.ts';
import type { TestBrowser } from '../../server/testing/browser.ts';
import { freePort, type Kind, originOf, programs, startProxy } from './proxy.ts';

const headerNames = [
  ...['remote-user', 'remote-name', 'remote-user-id'],
  ...['remote-acr', 'remote-amr', 'remote-auth-time'],
];

/** The site: it tells what it was sent, and speaks WebSocket as far as its first words. */
function startSite(): Server {
  const server = createServer((incoming, response) => {
    response.end(JSON.stringify({ url: incoming.url, raw: incoming.rawHeaders }));
  });
  server.on('upgrade', (incoming: IncomingMessage, socket) => {
    const user = incoming.headers['remote-user'] ?? 'nobody';
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Seen: ${user}\r\n\r\n`,
    );
  });
  return server.listen(0, '127.0.0.1');
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** A browser at the site. */
class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async ask(path = '/', { method = 'GET', headers = {} }: Asking = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const asked = request({
      ...{ host: '127.0.0.1', port: this.#port, path, method },
      headers: {
        ...{ host: `wiki.localhost:${this.#port}`, accept: 'text/html' },
        ...{ 'sec-fetch-mode': 'navigate', cookie, ...headers },
      },
    });
    asked.end(method === 'POST' ? 'a=1' : undefined);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve).once('upgrade', resolve).once('error', reject);
    });
    for (const line of response.headers['set-cookie'] ?? []) {
      const { name, value = '' } = parseSetCookie(line);
      this.cookies.set(name, value);
    }
    let body = '';
    if (response.statusCode !== 101) {
      for await (const part of response.setEncoding('utf8')) body += part;
    }
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  }
}

/** What the site was sent under one of these names, or one that many servers take for it. */
function seen({ body }: Answer): [string, string][] {
  const { raw } = JSON.parse(body) as { raw: string[] };
  const found: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (name.startsWith('remote')) found.push([name, raw[at + 1] ?? '']);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

const target = (location: string | undefined) => {
  const { pathname, search } = new URL(location ?? 'none:');
  return pathname + search;
};

const available = programs();

for (const kind of ['nginx', 'caddy'] as const satisfies readonly Kind[]) {
  describe.skipIf(available[kind] === null)(`behind ${kind}`, () => {
    let app: TestApp;
    let site: Server;
    let port: number;
    let stop: () => Promise<void>;

    beforeAll(async () => {
      site = startSite();
      await once(site, 'listening');
      port = await freePort();
      app = await startTestApp({
        env: { FORWARD_AUTH_ORIGINS: originOf(port), TRUST_PROXY: 'loopback' },
      });
      const behind = (site.address() as AddressInfo).port;
      ({ stop } = await startProxy(kind, { port, latchkey: app.port, site: behind }));
    });
    afterAll(async () => {
      await stop();
      site.closeAllConnections();
      site.close();
      await app.close();
    });

    async function signedIn(name = app.newName()) {
      const home = app.browser();
      const device = app.device();
      const { body } = await home.signUp(name, device);
      return { home, device, name, id: body.user.id as string };
    }

    /** Follows the redirects from the site to our own and back. */
    async function comeIn(home: TestBrowser, path = '/') {
      const visitor = new Visitor(port);
      const led = await visitor.ask(path);
      const { headers } = await home.get(target(led.headers.location));
      const back = headers.get('location') ?? undefined;
      const redeemed = await visitor.ask(target(back));
      return { visitor, led, back, redeemed };
    }

    it('whoever is signed in comes in by redirects alone', async () => {
      const { home, name, id } = await signedIn();
      const { visitor, led, back, redeemed } = await comeIn(home, '/page?a=1&b=%2F');
      expect(led.status).toBe(303);
      expect(led.headers.location).toMatch(new RegExp(`^${app.origin}/sign-in\\?return_to=`));
      expect(back?.startsWith(`${originOf(port)}/page?a=1&b=%2F&latchkey_ticket=`)).toBe(true);
      expect([redeemed.status, redeemed.headers.location]).toEqual([
        303,
        `${originOf(port)}/page?a=1&b=%2F`,
      ]);
      const answer = await visitor.ask('/page?a=1&b=%2F');
      expect([answer.status, JSON.parse(answer.body).url]).toEqual([200, '/page?a=1&b=%2F']);
      expect(Object.fromEntries(seen(answer))).toEqual({
        'remote-user': name,
        'remote-name': name,
        'remote-user-id': id,
        'remote-acr': 'phr',
        'remote-amr': 'pop user swk',
        'remote-auth-time': expect.stringMatching(/^\d{10}$/),
      });
    });

    it.each([
      'ж-😀-é',
      // Nothing of it means anything to a proxy.
      '{http.request.host}-$host-{env.HOME}',
    ])('a name comes through byte by byte: %s', async (name) => {
      const { home } = await signedIn(name);
      const { visitor } = await comeIn(home);
      const [, sent = ''] =
        seen(await visitor.ask()).find(([each]) => each === 'remote-user') ?? [];
      expect(Buffer.from(sent, 'latin1').toString()).toBe(name);
    });

    it.each([
      ['as they are', (name: string) => name],
      ['in capitals', (name: string) => name.toUpperCase()],
      ['with underscores', (name: string) => name.replaceAll('-', '_')],
      ['with one underscore', (name: string) => name.replace('-', '_')],
    ])('what a client sends under these names is not passed on: %s', async (_, spell) => {
      const { home, name } = await signedIn();
      const { visitor } = await comeIn(home);
      const forged = Object.fromEntries(
        headerNames.map((each) => [spell(each), ['root', 'admin']]),
      );
      const answer = await visitor.ask('/', { headers: forged });
      expect(answer.status).toBe(200);
      const passed = seen(answer);
      expect(passed.map(([each]) => each)).toEqual([...headerNames].sort());
      expect(JSON.stringify(passed)).not.toMatch(/root|admin/);
      expect(Object.fromEntries(passed)['remote-user']).toBe(name);
      const stranger = await new Visitor(port).ask('/', { headers: forged });
      expect(stranger.status).toBe(303);
    });

    it.each<Record<string, string>>([
      { 'x-forwarded-host': 'evil.example' },
      { 'x-forwarded-host': 'localhost', 'x-forwarded-proto': 'https' },
      { 'x-forwarded-uri': '//evil.example/' },
      { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/open' },
      { forwarded: 'host=evil.example' },
    ])('what a client says of the request counts for nothing: %j', async (headers) => {
      const { status, headers: answered } = await new Visitor(port).ask('/page', { headers });
      expect(status).toBe(303);
      const url = new URL(answered.location ?? 'none:');
      expect([url.origin, url.searchParams.get('return_to')]).toEqual([
        app.origin,
        `${originOf(port)}/page`,
      ]);
    });

    it('another Host is none of its sites', async () => {
      const { status, headers } = await new Visitor(port).ask('/', {
        headers: { host: 'evil.example' },
      });
      // A proxy with one site may answer for it whatever the name, but leads nowhere else.
      const to = headers.location === undefined ? null : new URL(headers.location);
      expect(to?.searchParams.get('return_to') ?? `${originOf(port)}/`).toBe(`${originOf(port)}/`);
      expect(status).not.toBe(500);
    });

    it('whoever signs out is out at the next request', async () => {
      const { home } = await signedIn();
      const { visitor } = await comeIn(home);
      expect((await visitor.ask()).status).toBe(200);
      await home.request('DELETE', '/api/session');
      expect((await visitor.ask()).status).toBe(303);
    });

    it('a form is passed on, or its sender is led to the front page', async () => {
      const { home } = await signedIn();
      const { visitor } = await comeIn(home);
      expect((await visitor.ask('/form', { method: 'POST' })).status).toBe(200);
      const { status, headers } = await new Visitor(port).ask('/form', { method: 'POST' });
      const to = new URL(headers.location ?? 'none:').searchParams.get('return_to');
      expect([status, to]).toEqual([303, `${originOf(port)}/`]);
    });

    it('a script hears 401 and is not led anywhere', async () => {
      const headers = { 'sec-fetch-mode': 'cors', accept: '*/*' };
      const answer = await new Visitor(port).ask('/data', { headers });
      expect([answer.status, answer.headers.location]).toEqual([401, undefined]);
    });

    it('a WebSocket is opened for whoever is in, and for nobody else', async () => {
      const { home, name } = await signedIn();
      const { visitor } = await comeIn(home);
      const headers = {
        ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-fetch-mode': 'websocket' },
        ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
      };
      const opened = await visitor.ask('/socket', { headers });
      expect([opened.status, opened.headers['x-seen']]).toEqual([101, name]);
      const refused = await new Visitor(port).ask('/socket', { headers });
      expect([refused.status, refused.headers.location]).toEqual([401, undefined]);
    });

    it('a page that demands more leads to a step-up, and lets in whoever has done it', async () => {
      const strict = await freePort();
      const behind = (site.address() as AddressInfo).port;
      const elsewhere = await startTestApp({
        env: { FORWARD_AUTH_ORIGINS: originOf(strict), TRUST_PROXY: 'loopback' },
      });
      const proxy = await startProxy(kind, {
        ...{ port: strict, latchkey: elsewhere.port, site: behind },
        demands: 'user_verified=yes&max_age=300',
      });
      const [home, device] = [elsewhere.browser(), elsewhere.device()];
      await home.signUp('ada', device);
      elsewhere.advance(301_000);
      const visitor = new Visitor(strict);
      const led = await visitor.ask('/admin');
      expect((await home.get(target(led.headers.location))).status).toBe(200);
      await home.signIn(device, { purpose: 'step-up' });
      const { headers } = await home.get(target(led.headers.location));
      await visitor.ask(target(headers.get('location') ?? undefined));
      expect((await visitor.ask('/admin')).status).toBe(200);
      await proxy.stop();
      await elsewhere.close();
    });
  });
}
