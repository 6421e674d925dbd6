/**
 * The library's session is a projection of ours. It is made from our session at every request, so signing out
 * here ends it, and another account in this browser is another one there.
 *
 * All that is stored of it is what a logout page has to remember.
 */
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import { lineageOf } from '../records/session.ts';
import { callerAssurance } from './caller-assurance.ts';
import { currentVisit, type Visit } from './visit.ts';

/** What the library takes for its cookie, if somebody is signed in: no browser ever has it. */
export function projectedId({ caller: { session } }: Pick<Visit, 'caller'>): string | null {
  return session === null ? null : `ours.${lineageOf(session)}`;
}

export function sessionAdapter(deps: Pick<Deps, 'store'>, records: Adapter): Adapter {
  return {
    ...records,
    async find(id) {
      const visit = currentVisit();
      if (id !== projectedId(visit)) return undefined;
      const kept = isLogout() ? await records.find(id) : undefined;
      return { ...(await project(deps, visit)), ...(kept && { state: kept.state }) };
    },

    // The library gives its session a new ID after a sign-in. Ours has a new token then.
    destroy: async (id) => {
      if (isLogout()) await records.destroy(id);
    },

    async upsert(_id, payload, expiresIn) {
      // Who is signed in, and to which apps, is not for the library to remember.
      const { accountId: _ours, authorizations: _too, ...rest } = payload;
      const projected = projectedId(currentVisit());
      if (projected !== null && isLogout()) await records.upsert(projected, rest, expiresIn);
    },
  };
}

function isLogout(): boolean {
  return Provider.ctx?.oidc.route?.startsWith('end_session') ?? false;
}

async function project(deps: Pick<Deps, 'store'>, { caller }: Visit): Promise<AdapterPayload> {
  const { session } = caller;
  if (session === null) throw new TypeError('there is nothing to project');
  const { acr, amr } = await callerAssurance(deps, caller);
  const lineage = lineageOf(session);
  return {
    kind: 'Session',
    jti: `ours.${lineage}`,
    uid: lineage,
    accountId: session.userId,
    loginTs: Math.floor(session.authenticatedAt / 1000),
    amr: [...amr],
    ...(acr !== null && { acr }),
    iat: Math.floor(session.createdAt / 1000),
    exp: Math.floor(session.expiresAt / 1000),
  };
}
