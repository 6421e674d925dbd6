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

/** A sign-up. Resolves to the new credential. */
export async function signUp(
  connection: Connection,
  { origin }: Site,
  username: string,
): Promise<SoftwareCredential> {
  const authenticator = new SoftwareAuthenticator({ origin });
  const options = await connection.post('/api/registration/options', { username }, []);
  expect(options, 200);
  const response = await authenticator.create(options.body);
  expect(await connection.post('/api/registration/verify', response, options.cookies), 201);
  return authenticator.credentials[0] as SoftwareCredential;
}

/** A sign-in; with `named`, the options call sends the user name. */
export async function signIn(
  connection: Connection,
  { origin }: Site,
  credential: SoftwareCredential,
  named: boolean,
): Promise<void> {
  const authenticator = new SoftwareAuthenticator({ origin });
  authenticator.credentials.push(credential);
  const body = named ? { username: credential.userName } : {};
  const options = await connection.post('/api/authentication/options', body, []);
  expect(options, 200);
  const response = await authenticator.get(options.body);
  expect(await connection.post('/api/authentication/verify', response, options.cookies), 200);
}

function expect({ status, body }: Answer, expected: number): void {
  if (status !== expected) throw new Error(`${status} ${JSON.stringify(body)}`);
}
