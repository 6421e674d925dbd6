/** The page on which people sign in at Apple, and what comes of it. */
import { identityToken } from './identity.ts';
import { addressFor, type Code, consentKey, type Person, random, type World } from './world.ts';

export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly responseType: 'code' | 'code id_token';
  readonly responseMode: 'form_post' | 'query' | 'fragment';
  readonly scopes: readonly string[];
  readonly state: string | null;
  readonly nonce: string | null;
}

export interface Decision {
  /** Null: cancelled. */
  readonly personId: string | null;
  readonly hidesEmail?: boolean;
  /** In the place of the name that Apple knows. */
  readonly name?: { readonly firstName: string; readonly lastName: string };
}

/** What the browser posts to the redirect URI. */
export interface FormPost {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** @throws {Error} where Apple shows a page that goes no further */
export function readAuthorizationRequest(world: World, url: URL): AuthorizationRequest {
  const query = url.searchParams;
  const names = [...query.keys()];
  if (new Set(names).size < names.length) throw new Error('invalid_request: a parameter is twice');
  const clientId = query.get('client_id') ?? '';
  const client = world.clients.get(clientId);
  if (client === undefined) throw new Error('invalid_client: unknown client');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!client.redirectUris.includes(redirectUri)) {
    throw new Error('invalid_request: Invalid web redirect url.');
  }
  const responseType = query.get('response_type');
  const responseMode = query.get('response_mode') ?? 'query';
  if (responseType !== 'code' && responseType !== 'code id_token') {
    throw new Error('unsupported_response_type');
  }
  if (responseMode !== 'form_post' && responseMode !== 'query' && responseMode !== 'fragment') {
    throw new Error('invalid_request: unknown response_mode');
  }
  const scopes = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  if (scopes.some((scope) => scope !== 'name' && scope !== 'email')) {
    throw new Error('invalid_scope');
  }
  if (scopes.length > 0 && responseMode !== 'form_post') {
    throw new Error('invalid_request: response_mode must be form_post when scopes are asked for');
  }
  if (responseType !== 'code' && responseMode === 'query') {
    throw new Error('invalid_request: response_mode query is not for an id_token');
  }
  return {
    ...{ clientId, redirectUri, responseType, responseMode, scopes },
    state: query.get('state'),
    nonce: query.get('nonce'),
  };
}

/** Issues a code, to a client of the web or to an app. */
export function issueCode(
  world: World,
  person: Person,
  asked: Pick<Code, 'clientId' | 'redirectUri' | 'nonce' | 'wantsEmail'>,
): Code {
  const code = {
    ...asked,
    value: `c${random()}.0.mrxv.${random(16)}`,
    personId: person.id,
    issuedAt: world.now(),
    isUsed: false,
  };
  world.codes.set(code.value, code);
  return code;
}

/**
 * Keeps what the person allowed.
 *
 * @returns whether it is the first time for the team's apps, when alone the name is sent
 */
export function consent(world: World, person: Person, clientId: string, hidesEmail: boolean) {
  const teamId = world.clients.get(clientId)?.teamId ?? '';
  const key = consentKey(person.id, teamId);
  if (world.consents.has(key)) return false;
  world.consents.set(key, { hidesEmail, forwards: true });
  return true;
}

export async function decide(
  world: World,
  request: AuthorizationRequest,
  { personId, hidesEmail = false, name }: Decision,
): Promise<FormPost> {
  const { clientId, redirectUri, nonce, scopes, state } = request;
  const action = redirectUri;
  const echoed = state === null ? {} : { state };
  const person = personId === null ? undefined : world.people.get(personId);
  if (person === undefined) {
    return { action, fields: { error: 'user_cancelled_authorize', ...echoed } };
  }
  const wantsEmail = scopes.includes('email');
  const isFirst = consent(world, person, clientId, hidesEmail);
  const code = issueCode(world, person, { clientId, redirectUri, nonce, wantsEmail });
  const teamId = world.clients.get(clientId)?.teamId ?? '';
  const tells = isFirst && scopes.length > 0 && !world.faults.losesUser;
  const user = {
    ...(scopes.includes('name') && {
      name: name ?? { firstName: person.firstName, lastName: person.lastName },
    }),
    ...(wantsEmail && { email: addressFor(world, person, teamId).email }),
  };
  const asked = { clientId, nonce, wantsEmail, code: code.value };
  return {
    action,
    fields: {
      ...echoed,
      code: code.value,
      ...(request.responseType === 'code id_token' && {
        id_token: await identityToken(world, person, asked),
      }),
      ...(tells && { user: JSON.stringify(user) }),
    },
  };
}
