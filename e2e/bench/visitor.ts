/**
 * A person with a passkey, who completes ceremonies. Each is from a browser without cookies of the site. The calls are
 * the same for Latchkey and the floor.
 */
import {
  SoftwareAuthenticator,
  type SoftwareCredential,
} from '../../server/testing/authenticator.ts';
import { type Answer, Connection } from './connection.ts';

export interface Site {
  readonly port: number;
  readonly origin: string;
}

/** The `User-Agent` of every visitor. */
export const browser =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

/** Opens a connection with the headers that a browser sends. */
export function visit({ port, origin }: Site): Promise<Connection> {
  return Connection.open(port, {
    origin,
    accept: '*/*',
    'content-type': 'application/json',
    'sec-fetch-mode': 'cors',
    'sec-fetch-site': 'same-origin',
    'user-agent': browser,
  });
}

/**
 * A sign-up. Resolves to the new credential.
 *
 * @param cookies to which those of the new session are added
 */
export async function signUp(
  connection: Connection,
  { origin }: Site,
  username: string,
  cookies: string[] = [],
): Promise<SoftwareCredential> {
  const authenticator = new SoftwareAuthenticator({ origin });
  const options = await connection.post('/api/registration/options', { username }, []);
  expect(options, 200);
  const response = await authenticator.create(options.body);
  const verified = await connection.post('/api/registration/verify', response, options.cookies);
  expect(verified, 201);
  cookies.push(...options.cookies, ...verified.cookies);
  return authenticator.credentials[0] as SoftwareCredential;
}

/** A sign-in; with `named`, the options call sends the user name. Resolves to the cookies that it brings. */
export async function signIn(
  connection: Connection,
  { origin }: Site,
  credential: SoftwareCredential,
  named: boolean,
): Promise<readonly string[]> {
  const authenticator = new SoftwareAuthenticator({ origin });
  authenticator.credentials.push(credential);
  const body = named ? { username: credential.userName } : {};
  const options = await connection.post('/api/authentication/options', body, []);
  expect(options, 200);
  const response = await authenticator.get(options.body);
  const answer = await connection.post('/api/authentication/verify', response, options.cookies);
  expect(answer, 200);
  return answer.cookies;
}

/** The site behind a proxy that the server is asked about. */
export const proxiedSite = 'http://wiki.localhost:8080';

/** What a proxy says of each request. */
const forwarded = {
  ...{ accept: 'text/html', 'sec-fetch-mode': 'navigate', 'user-agent': browser },
  ...{ 'x-forwarded-proto': 'http', 'x-forwarded-method': 'GET' },
  'x-forwarded-host': new URL(proxiedSite).host,
};
const asked = (uri: string) => `x-forwarded-uri: ${uri}\r\n`;
const forwardAuth = '/api/forward-auth';

/** A proxy, which asks for the requests of one person who is let in at its site. */
export interface AskingProxy {
  readonly connection: Connection;
  readonly cookies: readonly string[];
}

/** Signs in, and goes to the site as a browser does. At the floor the session itself lets people in. */
export async function enter(site: Site, credential: SoftwareCredential): Promise<AskingProxy> {
  const home = await visit(site);
  const session = await signIn(home, site, credential, false);
  const connection = await Connection.open(site.port, forwarded);
  const first = await connection.get(forwardAuth, session, asked('/'));
  if (first.status === 200) return { connection, cookies: session };
  const toSignIn = new URL(first.location ?? 'none:');
  const back = await home.get(toSignIn.pathname + toSignIn.search, session);
  home.close();
  const { pathname, search } = new URL(back.location ?? 'none:');
  const redeemed = await connection.get(forwardAuth, first.cookies, asked(pathname + search));
  expect(redeemed, 303);
  return { connection, cookies: redeemed.cookies };
}

/** One request of that person. */
export async function passThrough({ connection, cookies }: AskingProxy): Promise<void> {
  expect(await connection.get(forwardAuth, cookies, asked('/page')), 200);
}

export function expect({ status, body }: Answer, expected: number): void {
  if (status !== expected) throw new Error(`${status} ${JSON.stringify(body)}`);
}
