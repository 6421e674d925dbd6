/** What may stand in `OIDC_CLIENTS` and `OIDC_RESOURCES`. */
import { z } from 'zod';
import { acrValues } from '../policy/assurance.ts';
import { isSecureUrl } from '../policy/origin.ts';
import { redirectUriProblem } from '../policy/redirect-uri.ts';
import type { OidcClient, OidcResource } from '../records/oidc-client.ts';

const text = z.string().min(1).max(256);
const httpsUrl = z.string().refine(isHttps, 'expected https://…');
const absoluteUri = z
  .string()
  .refine((uri) => URL.canParse(uri) && !uri.includes('#'), 'expected an absolute URI');
// OpenID Connect Back-Channel Logout 1.0 §2.2
const logoutUri = absoluteUri.refine(
  (uri) => URL.canParse(uri) && isSecureUrl(new URL(uri)),
  'expected https://…, or http://localhost',
);
const seconds = z.int().min(0).max(31_536_000);

const members = z.strictObject({
  client_id: z.string().regex(/^[\x21-\x7e]{1,255}$/, 'expected printable ASCII without spaces'),
  client_name: text.max(64).optional(),
  application_type: z.enum(['web', 'native']).default('web'),
  first_party: z.boolean().default(false),
  redirect_uris: z.array(z.string()).min(1, 'expected at least one'),
  post_logout_redirect_uris: z.array(z.string()).optional(),
  token_endpoint_auth_method: z
    .enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .optional(),
  client_secret: z.string().min(32, 'expected at least 32 characters').optional(),
  jwks: z.looseObject({ keys: z.array(z.looseObject({})).min(1) }).optional(),
  jwks_uri: httpsUrl.optional(),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token']))
    .default(['authorization_code', 'refresh_token']),
  scope: text.max(1024).optional(),
  default_resource: absoluteUri.optional(),
  default_acr_values: z.array(z.enum(acrValues)).optional(),
  default_max_age: seconds.optional(),
  require_auth_time: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
  id_token_signed_response_alg: text.optional(),
  token_endpoint_auth_signing_alg: text.optional(),
  backchannel_logout_uri: logoutUri.optional(),
  backchannel_logout_session_required: z.boolean().optional(),
  client_uri: httpsUrl.optional(),
  logo_uri: httpsUrl.optional(),
  policy_uri: httpsUrl.optional(),
  tos_uri: httpsUrl.optional(),
  contacts: z.array(text).optional(),
});

type Members = z.output<typeof members>;

const client = members.transform((given, context): OidcClient => {
  const method =
    given.token_endpoint_auth_method ??
    (given.application_type === 'native' ? 'none' : 'client_secret_basic');
  const complete = { ...given, token_endpoint_auth_method: method };
  for (const [path, message] of [
    ...redirectMistakes(complete),
    ...authenticationMistakes(complete),
  ]) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
  return { ...responseModes(given), ...logoutSession(given), ...complete };
});

export const clientsSchema = z.array(client).superRefine((clients, context) => {
  const ids = clients.map(({ client_id: id }) => id);
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) === index) continue;
    context.addIssue({ code: 'custom', path: [index, 'client_id'], message: 'stands twice' });
  }
});

type Mistake = readonly [readonly PropertyKey[], string];

/** A site on http://localhost is judged when it is known whether ours is one too. */
function* redirectMistakes(given: Members): Iterable<Mistake> {
  const { application_type: type } = given;
  for (const member of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    for (const [index, uri] of (given[member] ?? []).entries()) {
      const problem = redirectUriProblem(uri, type, { plainHttp: true });
      if (problem !== null) yield [[member, index], problem];
    }
  }
}

function* authenticationMistakes(given: Members): Iterable<Mistake> {
  const { token_endpoint_auth_method: method, client_secret: secret } = given;
  const hasSecret = method === 'client_secret_basic' || method === 'client_secret_post';
  const hasKeys = given.jwks !== undefined || given.jwks_uri !== undefined;
  if (hasSecret && secret === undefined) {
    const words = `required with ${method}; a client that can keep no secret says "none"`;
    yield [['client_secret'], words];
  }
  if (!hasSecret && secret !== undefined) yield [['client_secret'], `not with ${method}`];
  if (method === 'private_key_jwt' && !hasKeys) yield [['jwks'], 'required with private_key_jwt'];
  // RFC 8252 §8.4: what is in every copy of an app is no secret.
  if (given.application_type === 'native' && hasSecret) {
    yield [['token_endpoint_auth_method'], 'a native app keeps no secret: "none"'];
  }
}

/** A form that posts to an app is nothing an app can receive. */
function responseModes({ application_type: type }: Members): object {
  return type === 'native' ? { response_modes: ['query'] } : {};
}

/** Without its `sid`, the end of one sign-in would end all of that person's. */
function logoutSession({ backchannel_logout_uri: uri }: Members): object {
  return uri === undefined ? {} : { backchannel_logout_session_required: true };
}

export const resourcesSchema = z.array(
  z
    .strictObject({
      resource: absoluteUri,
      scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected a scope')).min(1),
      access_token_ttl: seconds.min(1).default(600),
    })
    .transform((given): OidcResource => given),
);

function isHttps(uri: string): boolean {
  return URL.canParse(uri) && new URL(uri).protocol === 'https:';
}
