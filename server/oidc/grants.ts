import { hash } from 'node:crypto';
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { isFirstParty } from './prompts.ts';
import { timedId } from './record-key.ts';
import { type Consent, findConsent } from './scopes.ts';

/** The name that an app knows a sign-in by (OpenID Connect Back-Channel Logout 1.0 §2.1), the same each time. */
export function sessionIdFor(lineage: string, clientId: string): string {
  return hash('sha256', `sid ${lineage} ${clientId}`, 'base64url').slice(0, 22);
}

/**
 * Makes the grant of an authorization request, of all that the person has allowed the client already. It is
 * saved once nothing is left to ask. Every authorization has a grant of its own: tokens of two tabs don't
 * end together.
 */
export function grantLoader(deps: Pick<Deps, 'now' | 'random' | 'store'>) {
  return async ({ oidc }: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { account, client, provider, session } = oidc;
    if (account === undefined || client === undefined || session === undefined) return undefined;
    const { accountId } = account;
    const { clientId } = client;
    session.sidFor(clientId, sessionIdFor(session.uid, clientId));
    const grant = new provider.Grant({ accountId, clientId });
    grant.jti = timedId(toBase64Url(deps.random(32)), deps.now());
    const consent = isFirstParty(client) ? null : await findConsent(deps, accountId, clientId);
    addScopes(grant, oidc, consent);
    return grant;
  };
}

/** @param consent null allows everything */
function addScopes(
  grant: Grant,
  { requestParamOIDCScopes, requestParamScopes, resourceServers }: KoaContextWithOIDC['oidc'],
  consent: Consent | null,
): void {
  const ours = [...requestParamOIDCScopes].filter(
    (scope) => consent === null || consent.scopes.includes(scope),
  );
  if (ours.length > 0) grant.addOIDCScope(ours.join(' '));
  for (const [indicator, { scopes }] of Object.entries(resourceServers ?? {})) {
    const allowed = consent === null ? null : (consent.resources[indicator] ?? []);
    const theirs = [...requestParamScopes].filter(
      (scope) => scopes.has(scope) && (allowed?.includes(scope) ?? true),
    );
    if (theirs.length > 0) grant.addResourceScope(indicator, theirs.join(' '));
  }
}
