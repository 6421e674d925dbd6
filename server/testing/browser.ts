import { parseSetCookie } from 'cookie';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '../webauthn/library.ts';
import type { SoftwareAuthenticator } from './authenticator.ts';
import type { CreateBend, GetBend } from './bend.ts';
import type { Check } from './documented.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly body: any;
}

/** A browser for HTTP tests: it keeps cookies and sends `Origin` and `Sec-Fetch-Site`. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  /** Those that are for one path alone, by it. */
  readonly #scoped = new Map<string, Map<string, string>>();
  readonly #origin: string;
  readonly #site: string;
  readonly #check: Check | undefined;

  /** @param check throws if an answer is not as documented */
  constructor(origin: string, site = origin, check?: Check) {
    this.#origin = origin;
    this.#site = site;
    this.#check = check;
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(this.#origin + path, {
      method,
      redirect: 'manual',
      headers: {
        ...this.headersOfPages(),
        cookie: this.#cookiesFor(path)
          .map(([name, value]) => `${name}=${value}`)
          .join('; '),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    const answer = {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
    this.#check?.(method, path, answer);
    return answer;
  }

  /** What a browser says of the page that asks. */
  protected headersOfPages(): Readonly<Record<string, string>> {
    return { origin: this.#site, 'sec-fetch-site': 'same-origin' };
  }

  get(path: string) {
    return this.request('GET', path);
  }
  post(path: string, body?: unknown) {
    return this.request('POST', path, body);
  }

  async creationOptions(body: unknown): Promise<PublicKeyCredentialCreationOptionsJSON> {
    return expectOk(await this.post('/api/registration/options', body));
  }

  async requestOptions(body: unknown = {}): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return expectOk(await this.post('/api/authentication/options', body));
  }

  verifyRegistration(response: RegistrationResponseJSON) {
    return this.post('/api/registration/verify', response);
  }

  verifyAuthentication(response: AuthenticationResponseJSON) {
    return this.post('/api/authentication/verify', response);
  }

  /** The whole ceremony. Resolves to the answer of `verify`, also if it is a refusal. */
  async signUp(username: string, authenticator: SoftwareAuthenticator, bend?: CreateBend) {
    const options = await this.creationOptions({ username });
    return this.verifyRegistration(await authenticator.create(options, bend));
  }

  async addPasskey(authenticator: SoftwareAuthenticator, body: unknown = {}, bend?: CreateBend) {
    const options = await this.creationOptions(body);
    return this.verifyRegistration(await authenticator.create(options, bend));
  }

  async signIn(authenticator: SoftwareAuthenticator, body: unknown = {}, bend?: GetBend) {
    const options = await this.requestOptions(body);
    return this.verifyAuthentication(await authenticator.get(options, bend));
  }

  #cookiesFor(path: string): [string, string][] {
    const fitting = [...this.#scoped].filter(([prefix]) => path.startsWith(prefix));
    return [...this.cookies, ...fitting.flatMap(([, cookies]) => [...cookies])];
  }

  #keep(line: string): void {
    const { name, value, maxAge, expires, path = '/' } = parseSetCookie(line);
    const cookies = path === '/' ? this.cookies : (this.#scoped.get(path) ?? new Map());
    if (path !== '/') this.#scoped.set(path, cookies);
    if (maxAge === 0 || (expires !== undefined && expires.getTime() <= Date.now())) {
      cookies.delete(name);
    } else {
      cookies.set(name, value ?? '');
    }
  }
}

/** A native app: it keeps cookies as a browser does, and says nothing of a page. */
export class TestNativeApp extends TestBrowser {
  protected override headersOfPages() {
    return {};
  }

  postForm(path: string, form: Readonly<Record<string, string>>) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.request('POST', path, new URLSearchParams(form).toString(), headers);
  }
}

function expectOk(answer: Answer) {
  if (answer.status === 200) return answer.body;
  throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
}
