/** What apps may ask for, and what the person has allowed them. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import type { OidcRecord } from '../records/oidc.ts';
import type { OidcResource } from '../records/oidc-client.ts';
import { inProtocol } from './failures.ts';
import { recordKey } from './record-key.ts';

const consentMs = 365 * 86_400_000;

/** What a person allowed an app: scopes of ours, and those of each resource. */
export interface Consent {
  readonly scopes: readonly string[];
  readonly resources: Readonly<Record<string, readonly string[]>>;
}

const nothing: Consent = { scopes: [], resources: {} };

const keyOf = (userId: string, clientId: string) => recordKey('Consent', `${userId} ${clientId}`);

export async function findConsent(
  { now, store }: Pick<Deps, 'now' | 'store'>,
  userId: string,
  clientId: string,
): Promise<Consent> {
  const record = await inProtocol(store.findOidcRecord(keyOf(userId, clientId), now()));
  if (record === null || record.expiresAt <= now()) return nothing;
  return JSON.parse(record.payload) as Consent;
}

/** The consent as it is to be stored. */
export function consentRecord(
  { now }: Pick<Deps, 'now'>,
  userId: string,
  clientId: string,
  consent: Consent,
): OidcRecord {
  return {
    key: keyOf(userId, clientId),
    model: 'Consent',
    payload: JSON.stringify({ clientId, ...consent }),
    expiresAt: now() + consentMs,
    consumedAt: null,
    userId,
    ...{ lineage: null, outlivesSession: false, credentialId: null },
  };
}

/** Both together. */
export function mergeConsents(one: Consent, other: Consent): Consent {
  const union = (a: readonly string[] = [], b: readonly string[] = []) => [
    ...new Set([...a, ...b]),
  ];
  const indicators = union(Object.keys(one.resources), Object.keys(other.resources));
  return {
    scopes: union(one.scopes, other.scopes),
    resources: Object.fromEntries(
      indicators.map((name) => [name, union(one.resources[name], other.resources[name])]),
    ),
  };
}

/** What an authorization request asks for, as the person is asked. */
export function asked(
  params: Readonly<Record<string, unknown>>,
  known: { readonly scopes: ReadonlySet<string>; readonly resources: readonly OidcResource[] },
): Consent {
  const wanted = String(params.scope ?? '').split(' ');
  const indicators = [params.resource].flat().filter((each) => typeof each === 'string');
  return {
    scopes: wanted.filter((scope) => known.scopes.has(scope)),
    resources: Object.fromEntries(
      known.resources
        .filter(({ resource }) => indicators.includes(resource))
        .map(({ resource, scopes }) => [resource, wanted.filter((each) => scopes.includes(each))]),
    ),
  };
}

/**
 * The library drops `offline_access` unless consent is asked for (OpenID Connect Core §11), which a client of
 * the same house never does. A request remembers in this parameter that it was there.
 */
export const offlineParam = 'latchkey_offline_access';

/** Completes `scope`: what was dropped, and what a request without one means (RFC 6749 §3.3). */
export function completeScope({ oidc, method, query }: KoaContextWithOIDC): void {
  const { client, entities, params, resourceServers } = oidc;
  if (client === undefined || params === undefined) return;
  const isPushed = entities.PushedAuthorizationRequest !== undefined;
  const sent = method === 'POST' ? oidc.body?.scope : query.scope;
  const scopes = new Set(
    String(params.scope ?? '')
      .split(' ')
      .filter(Boolean),
  );
  if (scopes.size === 0) {
    for (const { scopes: all } of Object.values(resourceServers ?? {})) {
      for (const scope of all) scopes.add(scope);
    }
    if (scopes.size === 0) scopes.add('openid');
  }
  const wasSent =
    !isPushed && typeof sent === 'string' && sent.split(' ').includes('offline_access');
  const isOffline = wasSent || params[offlineParam] !== undefined;
  if (isOffline && client.grantTypeAllowed('refresh_token')) {
    params[offlineParam] = 'yes';
    scopes.add('offline_access');
  } else {
    params[offlineParam] = undefined;
  }
  params.scope = [...scopes].join(' ');
}
