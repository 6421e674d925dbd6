/** A page under a strict Content-Security-Policy, which makes the requests that a test names. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebKitBrowser } from './driver.ts';

const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Toy</title>
<script src="/toy.js"></script></head><body><button id="go">Go</button></body></html>`;

/** A script of the page itself, which runs before the test does anything. */
const script = `
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const toy = { controllers: {}, outcomes: {}, start(name, kind, wish) {
  const { signal } = (toy.controllers[name] = new AbortController());
  const challenge = crypto.getRandomValues(new Uint8Array(32));
  const publicKey = kind === 'get' ? { challenge, userVerification: 'required' } : {
    challenge, rp: { name: 'Toy' }, user: { id: challenge.slice(0, 16), name: 'toy', displayName: 'Toy' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required' },
    excludeCredentials: (wish.exclude ?? []).map((id) => ({ type: 'public-key', id: bytes(id) })),
  };
  navigator.credentials[kind]({ publicKey, signal, mediation: wish.mediation }).then(
    (it) => (toy.outcomes[name] = { id: it.id, bytes: it.rawId instanceof ArrayBuffer && it.toJSON().id === it.id }),
    (error) => (toy.outcomes[name] = { error: error?.name ?? String(error) }),
  );
} };
document.addEventListener('click', () => toy.start(...toy.onClick));
`;

export function toyPage({ url }: IncomingMessage, response: ServerResponse): void {
  if (url === '/toy.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
  } else if (url === '/') {
    response.setHeader('content-security-policy', "default-src 'self'; style-src 'none'");
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  } else {
    response.writeHead(404).end();
  }
}

interface Wish {
  mediation?: string;
  exclude?: string[];
}

interface Outcome {
  id?: string;
  bytes?: boolean;
  error?: string;
}

export class Toy {
  readonly origin: string;
  readonly #browser: WebKitBrowser;

  private constructor(browser: WebKitBrowser, origin: string) {
    this.#browser = browser;
    this.origin = origin;
  }

  static async open(browser: WebKitBrowser, origin: string): Promise<Toy> {
    await browser.driver.get(origin);
    return new Toy(browser, origin);
  }

  async start(name: string, kind: 'create' | 'get', wish: Wish = {}): Promise<void> {
    await this.#run('toy.start(...arguments)', name, kind, wish);
  }

  /** The same from a click. */
  async click(name: string, kind: 'create' | 'get', wish: Wish = {}): Promise<void> {
    await this.#run('toy.onClick = [...arguments]', name, kind, wish);
    await this.#browser.driver.findElement({ id: 'go' }).click();
  }

  async abort(name: string, reason?: string): Promise<void> {
    await this.#run('toy.controllers[arguments[0]].abort(arguments[1] ?? undefined)', name, reason);
  }

  async isSettled(name: string): Promise<boolean> {
    return (await this.#run('return arguments[0] in toy.outcomes', name)) as boolean;
  }

  async outcome(name: string): Promise<Outcome> {
    await this.#browser.driver.wait(() => this.isSettled(name), 5_000, `${name} is not settled`);
    return (await this.#run('return toy.outcomes[arguments[0]]', name)) as Outcome;
  }

  #run(code: string, ...values: unknown[]): Promise<unknown> {
    return this.#browser.driver.executeScript(code, ...values);
  }
}
