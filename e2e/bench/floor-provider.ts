/**
 * The floor of sign-in for apps: oidc-provider alone, with its own adapter that keeps everything in memory. It has
 * the clients, the key and the lifetimes of Latchkey, and answers the same calls. Nobody proves anything: a sign-up is
 * a session of the library.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';

const port = Number(process.env.PORT);
const origin = `http://localhost:${port}`;
const read = (path = '') => JSON.parse(readFileSync(path, 'utf8'));
const clients = read(process.env.OIDC_CLIENTS) as { first_party?: boolean; client_id: string }[];
const ours = clients.filter((each) => each.first_party).map((each) => each.client_id);
const day = 86_400;

const provider = new Provider(`${origin}/oidc`, {
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  clients: clients.map(({ first_party: _ours, ...client }) => ({
    ...client,
    grant_types: ['authorization_code', 'refresh_token'],
  })) as never,
  cookies: { keys: [] },
  features: { devInteractions: { enabled: false }, introspection: { enabled: true } },
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_context, { uid }) => `/consent?interaction=${uid}` },
  issueRefreshToken: async () => true,
  jwks: read(process.env.OIDC_KEYS),
  // As ours: a client of the same house is allowed what it asks for.
  async loadExistingGrant({ oidc }) {
    const { client, account, session } = oidc;
    const clientId = client?.clientId ?? '';
    const given = oidc.result?.consent?.grantId ?? session?.grantIdFor(clientId);
    if (given !== undefined) return provider.Grant.find(given);
    if (account === undefined || !ours.includes(clientId)) return undefined;
    const grant = new provider.Grant({ accountId: account.accountId, clientId });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  renderError: (context, out) => {
    context.body = out;
  },
  responseTypes: ['code'],
  rotateRefreshToken: true,
  routes: { authorization: '/authorize', token: '/token' },
  scopes: ['openid', 'offline_access'],
  ttl: {
    ...{ AccessToken: 3600, AuthorizationCode: 60, IdToken: 3600, Interaction: 3600 },
    ...{ Grant: 14 * day, RefreshToken: 14 * day, Session: 14 * day },
  },
});
const handle = provider.callback();

function reply(response: ServerResponse, status: number, body: object, cookie?: string): void {
  const json = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
      ...(cookie !== undefined && { 'set-cookie': cookie }),
    })
    .end(json);
}

async function openSession(response: ServerResponse): Promise<void> {
  const session = new provider.Session();
  session.loginAccount({ accountId: randomBytes(32).toString('base64url') });
  await session.save(14 * day);
  reply(response, 201, {}, `_session=${session.jti}; path=/; httponly`);
}

function giveOptions(response: ServerResponse): void {
  const challenge = randomBytes(32).toString('base64url');
  const user = { id: challenge, name: 'visitor', displayName: 'visitor' };
  const pubKeyCredParams = [{ type: 'public-key', alg: -7 }];
  const authenticatorSelection = { residentKey: 'required', userVerification: 'required' };
  reply(response, 200, {
    ...{ rp: { id: 'localhost', name: 'localhost' }, user, challenge, pubKeyCredParams },
    authenticatorSelection,
  });
}

async function finish(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params, session } = await provider.interactionDetails(request, response);
  const accountId = session?.accountId ?? '';
  const grant = new provider.Grant({ accountId, clientId: String(params.client_id) });
  grant.addOIDCScope('openid');
  const result = { consent: { grantId: await grant.save() } };
  reply(response, 200, {
    redirectTo: await provider.interactionResult(request, response, result),
  });
}

// As long as ours: it is idle while the other one is measured.
createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const { url = '' } = request;
  if (url.startsWith('/oidc/')) {
    request.url = url.slice('/oidc'.length);
    Object.assign(request, { originalUrl: url });
    return void handle(request, response);
  }
  request.resume().once('end', () => {
    if (url === '/readyz') return reply(response, 200, {});
    if (url === '/api/registration/options') return giveOptions(response);
    const work =
      url === '/api/registration/verify' ? openSession(response) : finish(request, response);
    return void work.catch((error: unknown) => reply(response, 500, { error: String(error) }));
  });
}).listen(port);
process.once('SIGTERM', () => process.exit(0));
