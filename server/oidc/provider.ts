/**
 * The OpenID provider: oidc-provider, configured. Every default that is not ours, and every default that
 * prints to the console, is replaced here.
 */
import {
  type Account,
  type Client,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  Provider,
  type RefreshToken,
  type TokenEndpointGrantContext,
} from 'oidc-provider';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { acrValues } from '../policy/assurance.ts';
import type { User } from '../records/user.ts';
import { adapterFor } from './adapter.ts';
import { allowNoRedirect, answerWithoutBrowser, firstPartyRedirect } from './challenge.ts';
import { discoveryOf } from './discovery.ts';
import { listen } from './events.ts';
import { inProtocol } from './failures.ts';
import { grantLoader } from './grants.ts';
import { adjustForms, commitChanges, nameLanguages, projectCookie } from './middleware.ts';
import { ownKey } from './own-key.ts';
import { logoutSource, postLogoutSuccessSource, renderError } from './pages.ts';
import { isFirstParty, prompts } from './prompts.ts';
import type { PublicFetch } from './public-fetch.ts';
import { timeTokens } from './record-key.ts';
import { completeScope, offlineParam } from './scopes.ts';
import { describedClients } from './self-described.ts';
import { defaultAlgorithm, type readSigningKeys } from './signing-keys.ts';
import { currentVisit } from './visit.ts';

export type Given = Pick<Deps, 'config' | 'log' | 'now' | 'random' | 'store'>;

const hour = 3600;
const day = 24 * hour;
const refreshTtl = 14 * day;

/** Relative to the issuer. */
export const routes = {
  authorization: '/authorize',
  pushed_authorization_request: '/par',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  introspection: '/introspect',
  revocation: '/revoke',
  end_session: '/logout',
} as const;

/** A code that went through no redirect is redeemed without one. */
class LatchkeyProvider extends Provider {
  override registerGrantType<Params extends object>(
    name: string,
    handler: Handler<Params>,
    ...rest: [Names?, Names?]
  ): void {
    const wrapped: Handler<Params> = (context) => {
      Object.assign(context.oidc.params, {
        redirect_uri: context.oidc.params.redirect_uri ?? firstPartyRedirect,
      });
      return handler(context);
    };
    super.registerGrantType(name, name === 'authorization_code' ? wrapped : handler, ...rest);
  }
}

type Names = string | readonly string[] | ReadonlySet<string>;
type Handler<Params extends object> = (
  context: TokenEndpointGrantContext<Params>,
) => Promise<void> | void;

export interface Setup {
  readonly clients: Config['oidc']['clients'];
  readonly keys: Awaited<ReturnType<typeof readSigningKeys>>;
  readonly fetch: PublicFetch;
}

export function createProvider(deps: Given, { clients, keys, fetch }: Setup): Provider {
  const { config } = deps;
  const issuer = `${config.origin}/oidc`;
  const cookie = (name: string, prefix: '__Host-' | '__Secure-') =>
    `${config.secureCookies ? prefix : ''}latchkey-${name}`;
  const sessionCookie = cookie('oidc', '__Host-');
  const algorithm = defaultAlgorithm(keys) as 'ES256';
  const { selfDescribedClients } = config.oidc;
  const provider = new LatchkeyProvider(issuer, {
    acrValues: [...acrValues],
    adapter: adapterFor(
      deps,
      selfDescribedClients ? describedClients(deps, fetch) : async () => undefined,
    ),
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['name', 'preferred_username'],
    },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    clientBasedCORS: mayReadFrom,
    clientDefaults: { id_token_signed_response_alg: algorithm },
    clients: clients.map(metadataOf),
    clockTolerance: 5,
    cookies: {
      names: {
        session: sessionCookie,
        interaction: cookie('interaction', '__Secure-'),
        resume: cookie('resume', '__Secure-'),
      },
      long: { httpOnly: true, sameSite: 'lax' },
      short: { httpOnly: true, sameSite: 'lax' },
    },
    discovery: discoveryOf(issuer, config),
    // Grants end with their session by themselves: see `findOidcRecord`.
    expiresWithSession: () => false,
    extraClientMetadata: { properties: ['first_party', 'default_resource', 'self_described'] },
    // The keys of clients that have a `jwks_uri`. The library remembers none that it could not get.
    fetch: async (url) => {
      if (!(await currentVisit().mayFetch())) throw new Error('too many requests');
      return fetch(String(url), 64 * 1024);
    },
    extraParams: { [offlineParam]: completeScope },
    features: featuresOf(deps, algorithm),
    findAccount: accountFinder(deps),
    formats: { customizers: { jwt: addAuthentication } },
    interactions: {
      policy: prompts(config),
      url: (_context, { prompt, uid }) =>
        `${prompt.name === 'consent' ? '/consent' : '/sign-in'}?interaction=${uid}`,
    },
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    jwks: { keys: keys.map(ownKey) as never },
    loadExistingGrant: grantLoader(deps),
    pkce: { required: () => true },
    renderError,
    responseTypes: ['code'],
    revokeGrantPolicy: () => true,
    rotateRefreshToken: rotates,
    routes,
    scopes: ['openid', 'offline_access'],
    ttl: {
      AccessToken: (_context, token) => token.resourceServer?.accessTokenTTL ?? hour,
      AuthorizationCode: 60,
      // Outlasts the first refresh token; later ones prolong it.
      Grant: ({ oidc }) =>
        oidc.client?.grantTypeAllowed('refresh_token') ? refreshTtl + day : day,
      IdToken: hour,
      Interaction: hour,
      RefreshToken: refreshTokenTtl,
      Session: hour,
    },
  });
  allowNoRedirect(provider);
  timeTokens(provider, deps.now);
  provider.proxy = true;
  provider.use(answerWithoutBrowser);
  provider.use(commitChanges(deps, routes.token));
  provider.use(projectCookie(sessionCookie));
  provider.use(adjustForms(routes.end_session));
  provider.use(nameLanguages);
  listen(deps, provider);
  return provider;
}

/** The names that the library knows, and no member that is not there. */
function metadataOf(client: Config['oidc']['clients'][number]) {
  const given = Object.entries(client).filter(([, value]) => value !== undefined);
  return structuredClone(Object.fromEntries(given)) as never;
}

function featuresOf({ config }: Given, alg: 'ES256'): Configuration['features'] {
  const { resources } = config.oidc;
  return {
    // Whom the library would tell, it finds in its own sessions. Ours has none in them: see `back-channel.ts`.
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: false },
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    introspection: {
      enabled: true,
      // Back ends of ours ask about every token; others have no business with those of other clients.
      allowedPolicy: (_context, client, token) =>
        token.clientId === client.clientId ||
        (isFirstParty(client) && client.clientAuthMethod !== 'none'),
    },
    pushedAuthorizationRequests: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_context, client, oneOf) =>
        oneOf ?? (client.default_resource as string | undefined) ?? [],
      // Whoever was granted one resource need not name it again.
      useGrantedResource: (_context, { resource }) => typeof resource === 'string',
      getResourceServerInfo: (_context, indicator) => {
        const found = resources.find(({ resource }) => resource === indicator);
        if (found === undefined) throw new errors.InvalidTarget();
        return {
          scope: found.scopes.join(' '),
          audience: found.resource,
          accessTokenTTL: found.access_token_ttl,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg } },
        };
      },
    },
    revocation: {
      enabled: true,
      allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
    },
    rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource },
    userinfo: { enabled: true },
  };
}

/** Whether scripts of that origin may call for this client: those of its own pages. */
function mayReadFrom({ oidc }: KoaContextWithOIDC, origin: string, client: Client): boolean {
  if (oidc.route !== 'userinfo' && client.clientAuthMethod !== 'none') return false;
  // A scheme of an app has this origin too, and so has every page in a sandbox.
  if (origin === 'null') return false;
  return client.redirectUris?.some((uri) => new URL(uri).origin === origin) ?? false;
}

/** The account of a subject, unless it is gone or disabled. */
function accountFinder({ store }: Given) {
  return async (_context: unknown, sub: string): Promise<Account | undefined> => {
    const { user: signedIn } = currentVisit().caller;
    const user = signedIn?.id === sub ? signedIn : await inProtocol(store.findUser(sub));
    if (user === null || user.disabledAt !== null) return undefined;
    return { accountId: user.id, claims: () => claimsOf(user) };
  };
}

function claimsOf({ id, username, displayName }: User) {
  return { sub: id, name: displayName, preferred_username: username };
}

/** RFC 9068 §2.2.1: what a back end needs to ask for a step-up (RFC 9470). */
function addAuthentication(
  { oidc }: KoaContextWithOIDC,
  _token: unknown,
  { payload }: { readonly payload: Record<string, unknown> },
): void {
  const source = oidc.entities.AuthorizationCode ?? oidc.entities.RefreshToken;
  if (source === undefined) return;
  const { acr, amr, authTime } = source;
  Object.assign(payload, { acr, amr, auth_time: authTime });
}

/**
 * Each use of a refresh token brings the next one. One that is bound to a key is of no use to a thief, so
 * it stays until most of its time is over: nothing is lost with an answer (RFC 9700 §4.14.2).
 */
function rotates({ oidc }: KoaContextWithOIDC): boolean {
  const token = oidc.entities.RefreshToken;
  if (token === undefined || !token.isSenderConstrained()) return true;
  return token.ttlPercentagePassed() >= 70;
}

/** A browser keeps nothing safe: there, rotation doesn't make the time longer (RFC 9700 §4.14.2). */
function refreshTokenTtl(
  context: KoaContextWithOIDC | undefined,
  token: RefreshToken,
  client: Client,
): number {
  const rotated = context?.oidc.entities.RotatedRefreshToken;
  const isInBrowser = client.applicationType === 'web' && client.clientAuthMethod === 'none';
  return rotated !== undefined && isInBrowser && !token.isSenderConstrained()
    ? rotated.remainingTTL
    : refreshTtl;
}
