/**
 * The storage adapter of oidc-provider, on our store.
 *
 * Guarantees: what is stored can't be used by who reads it, because tokens and codes are kept as hashes; single
 * use is decided by the database in one statement, not by a look before; all changes of a request are one
 * transaction (see `visit.ts`).
 */
import {
  type Adapter,
  type AdapterFactory,
  type AdapterPayload,
  errors,
  Provider,
} from 'oidc-provider';
import type { Deps } from '../deps.ts';
import type { Caller } from '../records/caller.ts';
import type { OidcRecord } from '../records/oidc.ts';
import { lineageOf, type Session } from '../records/session.ts';
import { inProtocol } from './failures.ts';
import { recordKey } from './record-key.ts';
import { sessionAdapter } from './session-adapter.ts';
import { graceMsOf, isUsed } from './single-use.ts';
import { currentVisit, type Visit } from './visit.ts';

/** An interaction that has expired is remembered for so long, so that it can begin again. */
const restartableMs = 86_400_000;

type Given = Pick<Deps, 'config' | 'now' | 'store'>;

/** What we keep in a payload beside the members of oidc-provider, which ignores them. */
interface Kept extends AdapterPayload {
  readonly openid?: { readonly scope?: string };
  /** Of an interaction: the browser that began it. */
  readonly browser?: string | null;
  /** When that was, to the millisecond: all interactions of one request began with the first. */
  readonly beganAt?: number;
  /** Of a refresh token: see `single-use.ts`. */
  readonly fromPublicClient?: boolean;
}

const nothing = async () => undefined;

/** One adapter a model. */
export function adapterFor(deps: Given, findClient: Adapter['find']): AdapterFactory {
  return (model) => {
    switch (model) {
      case 'Client':
        return { ...clientAdapter, find: findClient };
      case 'Session':
        return sessionAdapter(deps, recordAdapter(deps, model));
      case 'ReplayDetection':
        // Whether one came before is decided when it is stored, and not by a look.
        return { ...recordAdapter(deps, model), find: nothing, upsert: onceAdapter(deps, model) };
      default:
        return recordAdapter(deps, model);
    }
  };
}

function recordAdapter(deps: Given, model: string): Adapter {
  const keyOf = (id: string) => recordKey(model, id);
  return {
    async upsert(id, payload, expiresIn = 0) {
      const visit = currentVisit();
      const record = recordOf(deps, visit, model, id, payload, expiresIn);
      visit.records.set(record.key, record);
      if (model === 'RefreshToken' && payload.grantId !== undefined) {
        prolongGrant(visit, recordKey('Grant', payload.grantId), record.expiresAt);
      }
    },

    async find(id) {
      const record = await findRecord(deps, keyOf(id));
      if (record === null) return undefined;
      const payload = payloadOf(deps, record, id);
      return model === 'Interaction' ? ofWhoIsThere(payload, currentVisit().caller) : payload;
    },

    async consume(id) {
      const visit = currentVisit();
      const key = keyOf(id);
      const record = visit.found.get(key);
      if (visit.consume !== null) throw new TypeError('a request uses one thing only');
      visit.consume = {
        key,
        at: deps.now(),
        graceMs: record === undefined ? 0 : graceMsOf(record),
      };
    },

    async destroy(id) {
      currentVisit().records.set(keyOf(id), null);
    },

    // Every use of a code or token looks for its grant, and the library destroys the grant beside this.
    revokeByGrantId: async () => {},
    // Sessions are ours, and there is no device flow.
    findByUid: nothing,
    findByUserCode: nothing,
  };
}

/** A grant outlasts its tokens by up to this, so that not each of them has to prolong it. */
const prolongedByMs = 86_400_000;

function prolongGrant({ found, prolong }: Visit, key: string, until: number): void {
  const grant = found.get(key);
  if (grant === undefined || grant.expiresAt < until) prolong.set(key, until + prolongedByMs);
}

/** Clients are configured, and the library is given them when it is made; or they describe themselves. */
const clientAdapter: Adapter = {
  find: nothing,
  upsert: async () => {},
  consume: async () => {},
  destroy: async () => {},
  revokeByGrantId: async () => {},
  findByUid: nothing,
  findByUserCode: nothing,
};

/** A proof may be made by a clock that is ahead by so much: then it is good for longer than the library thinks. */
const aheadSeconds = 300;

/** DPoP proofs (RFC 9449 §11.1) and assertions of clients (RFC 7523 §3): each is accepted once. */
function onceAdapter(deps: Given, model: string): Adapter['upsert'] {
  return async (id, payload, expiresIn = 0) => {
    const remembered = Math.ceil(expiresIn) + aheadSeconds;
    const record = recordOf(deps, currentVisit(), model, id, payload, remembered);
    const expiresAt = Math.min(record.expiresAt, Number.MAX_SAFE_INTEGER);
    const isFirst = await inProtocol(deps.store.insertOnce({ ...record, expiresAt }, deps.now()));
    if (isFirst) return;
    throw isAssertion()
      ? new errors.InvalidClientAuth('client assertion tokens must only be used once')
      : new errors.InvalidDpopProof('DPoP proof JWT Replay detected');
  };
}

function isAssertion(): boolean {
  const { ctx } = Provider;
  return ctx?.get('dpop') === '' && ctx.oidc.params?.client_assertion !== undefined;
}

async function findRecord({ now, store }: Given, key: string): Promise<OidcRecord | null> {
  const { records, found } = currentVisit();
  const known = records.get(key) ?? (records.has(key) ? null : found.get(key));
  if (known !== undefined) return known;
  const record = await inProtocol(store.findOidcRecord(key, now()));
  if (record !== null) found.set(key, record);
  return record;
}

function recordOf(
  { now }: Given,
  visit: Visit,
  model: string,
  id: string,
  { jti: _itsId, ...payload }: Kept,
  expiresIn: number,
): OidcRecord {
  const key = recordKey(model, id);
  const isInteraction = model === 'Interaction';
  return {
    ...{ key, model },
    payload: JSON.stringify({ ...notesOf(visit, model, now()), ...withoutCookie(payload) }),
    expiresAt: now() + expiresIn * 1000 + (isInteraction ? restartableMs : 0),
    consumedAt: null,
    userId: ownerOf(payload),
    ...boundTo(model, payload, visit.caller.session),
  };
}

/** A grant belongs to a sign-in; all else belongs to a grant, or to nobody. */
function boundTo(model: string, { openid }: Kept, session: Session | null) {
  if (model !== 'Grant') return { lineage: null, outlivesSession: false, credentialId: null };
  if (session === null) throw new TypeError('nobody is signed in who could grant anything');
  return {
    lineage: lineageOf(session),
    outlivesSession: hasScope(openid?.scope, 'offline_access'),
    credentialId: session.credentialId,
  };
}

function ownerOf({ accountId, result, session }: Kept): string | null {
  return accountId ?? result?.login?.accountId ?? session?.accountId ?? null;
}

function notesOf({ caller, found }: Visit, model: string, now: number): Kept {
  switch (model) {
    case 'Interaction': {
      // It itself, or the one before it on the same way.
      const before = [...found.values()].find((record) => record.model === model);
      const { beganAt = now } = JSON.parse(before?.payload ?? '{}') as Kept;
      return { browser: caller.browser, beganAt };
    }
    case 'RefreshToken':
      return { fromPublicClient: Provider.ctx?.oidc.client?.tokenEndpointAuthMethod === 'none' };
    default:
      return {};
  }
}

/** The cookie of the library's session is not for the database. */
function withoutCookie({ session, ...payload }: Kept): Kept {
  if (session === undefined) return payload;
  const { cookie: _secret, ...rest } = session;
  return { ...payload, session: rest };
}

function payloadOf({ now }: Given, record: OidcRecord, id: string): Kept {
  const payload = JSON.parse(record.payload) as Kept;
  const { consumedAt, expiresAt, model } = record;
  return {
    ...payload,
    jti: id,
    ...(isUsed(record, now()) && { consumed: Math.floor((consumedAt ?? 0) / 1000) }),
    // A grant lasts as long as the refresh tokens that come of it.
    ...(model === 'Grant' && { exp: Math.floor(expiresAt / 1000) }),
  };
}

/**
 * Who was signed in when it was finished may have signed out since, and somebody in: what a session proved
 * is said of no other one, and what somebody allowed of nobody else.
 */
function ofWhoIsThere(payload: Kept, { session }: Caller): Kept {
  if (payload.result === undefined) return payload;
  const { login, consent, ...rest } = payload.result;
  return {
    ...payload,
    result: {
      ...rest,
      ...(login?.session === session?.id && { login }),
      ...(consent?.accountId === session?.userId && { consent }),
    },
  };
}

function hasScope(scopes: string | undefined, scope: string): boolean {
  return scopes?.split(' ').includes(scope) ?? false;
}
