/**
 * Codes for our own apps without a browser (OAuth 2.0 for First-Party Applications): the app has done the
 * ceremony itself, and brings the session that it opened.
 *
 * Guarantees: it is an ordinary authorization request in which nobody can be asked anything, so every check of
 * those is one of these, too.
 */
import type { Client, Provider } from 'oidc-provider';
import { isFirstParty } from './prompts.ts';
import { currentVisit } from './visit.ts';

type Middleware = Parameters<Provider['use']>[0];

/** Stands where others have a redirect URI. Such a code is redeemed without one. */
export const firstPartyRedirect = 'urn:latchkey:first-party';

const passedOn = [
  ...['client_id', 'scope', 'resource', 'code_challenge', 'code_challenge_method'],
  ...['nonce', 'acr_values', 'max_age', 'id_token_hint', 'dpop_jkt'],
];

/** The authorization request that such a request is. */
export function challengeQuery(form: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({
    ...{ response_type: 'code', prompt: 'none', redirect_uri: firstPartyRedirect },
  });
  for (const name of passedOn) {
    const value = form[name];
    if (value !== undefined) query.set(name, value);
  }
  return query.toString();
}

/** Lets our own native apps do without a redirect, and nobody else. */
export function allowNoRedirect(provider: Provider): void {
  const { prototype } = provider.Client as unknown as { readonly prototype: Client };
  const { redirectUriAllowed } = prototype;
  prototype.redirectUriAllowed = function isAllowed(this: Client, uri: string): boolean {
    if (uri !== firstPartyRedirect) return redirectUriAllowed.call(this, uri);
    const isOurs = this.applicationType === 'native' && isFirstParty(this);
    return currentVisit().withoutBrowser && isOurs;
  };
}

/** What a person would be asked, or a stronger passkey. The app asks them with a ceremony of its own. */
const insufficient = [
  ...['login_required', 'interaction_required', 'consent_required', 'account_selection_required'],
  'unmet_authentication_requirements',
];

/** Turns the answer, which is a redirect, into JSON. */
export const answerWithoutBrowser: Middleware = async (context, next): Promise<void> => {
  await next();
  if (!currentVisit().withoutBrowser) return;
  const location = context.res.getHeader('location');
  const said =
    typeof location === 'string'
      ? Object.fromEntries(new URL(location).searchParams)
      : context.body;
  const { code, error = 'server_error', error_description } = (said ?? {}) as Said;
  context.remove('location');
  context.set('cache-control', 'no-store');
  if (code !== undefined) {
    context.status = 200;
    context.body = { authorization_code: code };
    return;
  }
  const status = context.status >= 400 ? context.status : 400;
  context.status = insufficient.includes(error) ? 403 : status;
  context.body = { error: names[error] ?? error, error_description };
};

interface Said {
  readonly code?: string;
  readonly error?: string;
  readonly error_description?: string;
}

/** There is no redirect URI that could be wrong: the client is not one of those that need none. */
const names: Readonly<Record<string, string>> = {
  ...Object.fromEntries(insufficient.map((error) => [error, 'insufficient_authorization'])),
  invalid_redirect_uri: 'unauthorized_client',
};
