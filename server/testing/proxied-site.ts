/** A browser at a site behind a proxy that asks for each request whether it may pass it on. */
import { request } from 'node:http';
import { parseSetCookie } from 'cookie';
import type { Config } from '../config.ts';
import { endpointsFor } from '../http/endpoints.ts';
import { openApiDocument } from '../http/openapi.ts';
import type { TestApp } from './app.ts';
import type { Answer, TestBrowser } from './browser.ts';
import { type Check, documented } from './documented.ts';

/** What the proxy's own configuration says. */
type Query = Readonly<Record<string, string>> | URLSearchParams;

const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };

export class TestSite {
  readonly #app: TestApp;
  readonly #origin: string;
  readonly #query: Query;
  /** What the browser keeps for this site. */
  readonly cookies = new Map<string, string>();

  constructor(app: TestApp, origin: string, query: Query = {}) {
    this.#app = app;
    this.#origin = origin;
    this.#query = query;
  }

  /** The same browser at the same site, where the proxy is configured otherwise. */
  with(query: Query): TestSite {
    const other = new TestSite(this.#app, this.#origin, query);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  /** What the proxy is answered. */
  async ask(uri = '/', headers: Readonly<Record<string, string>> = navigation): Promise<Answer> {
    const { protocol, host } = new URL(this.#origin);
    const path = `/api/forward-auth?${new URLSearchParams(this.#query)}`.replace(/\?$/, '');
    const answer = await get(this.#app, path, {
      'x-forwarded-proto': protocol.slice(0, -1),
      'x-forwarded-host': host,
      'x-forwarded-uri': uri,
      'x-forwarded-method': 'GET',
      cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...headers,
    });
    for (const line of answer.headers.getSetCookie()) {
      const { name, value = '' } = parseSetCookie(line);
      this.cookies.set(name, value);
    }
    return answer;
  }

  /** Follows redirects between this site and our own until somebody is let in or asked something. */
  async open(uri: string, home: TestBrowser): Promise<Answer> {
    let answer = await this.ask(uri);
    for (let hops = 0; hops < 8; hops++) {
      const location = answer.headers.get('location');
      if (location === null) return answer;
      const { origin, pathname, search } = new URL(location, this.#app.deps.config.origin);
      const isHere = origin === this.#origin;
      answer = await (isHere ? this.ask(pathname + search) : home.get(pathname + search));
    }
    throw new Error('redirects without an end');
  }
}

const checks = new WeakMap<Config, Check>();

function checkOf(config: Config): Check {
  const check = checks.get(config) ?? documented(openApiDocument(config, endpointsFor(config)));
  checks.set(config, check);
  return check;
}

/** `fetch` sends headers of its own, such as `Sec-Fetch-Mode`. */
function get(
  { deps: { config }, port }: TestApp,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: 'localhost', port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const isJson = response.headers['content-type']?.includes('json');
        const answer = {
          status: response.statusCode ?? 0,
          headers: headersOf(response.rawHeaders),
          body: isJson ? JSON.parse(text) : text,
        };
        checkOf(config)('GET', path, answer);
        resolve(answer);
      });
    });
    asked.once('error', reject).end();
  });
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
}
