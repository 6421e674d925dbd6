/** The way from our own sign-in page back to a site behind a proxy. */
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { type Demand, isInReach, meets } from '../policy/demand.ts';
import { returnTarget, takeTicket, withTicket } from '../policy/return-to.ts';
import type { Caller } from '../records/caller.ts';
import { findOpener } from './judge.ts';
import { sealTicket } from './seals.ts';

export interface Way {
  readonly returnTo: string;
  /** The browser at that site, see `bindingOf`; undefined if nobody was sent here from there. */
  readonly binding?: string | undefined;
  readonly demand: Demand;
}

/**
 * Where it leads.
 *
 * @throws {RpError} `site_unknown`
 */
export function targetOf({ config }: Pick<Deps, 'config'>, { returnTo }: Way): URL {
  const target = returnTarget(takeTicket(returnTo).url, config.forwardAuthOrigins);
  if (target !== null) return target;
  throw new RpError('site_unknown', { detail: `a way to ${returnTo.slice(0, 200)}` });
}

/** What is missing until the caller may go on. */
export async function needOf(
  deps: Pick<Deps, 'now' | 'store'>,
  { session }: Pick<Caller, 'session'>,
  { demand }: Way,
): Promise<'sign-in' | 'step-up' | null> {
  if (session === null) return 'sign-in';
  const opener = await findOpener(deps, session);
  return meets(demand, session, opener, deps.now()) ? null : 'step-up';
}

/**
 * Where the browser goes next.
 *
 * @throws {RpError} `site_unknown`, `unauthenticated`, `step_up_required`, `assurance_unmet`
 */
export async function goOn(deps: Deps, caller: Pick<Caller, 'session'>, way: Way): Promise<string> {
  const target = targetOf(deps, way);
  const { session } = caller;
  if (session === null) throw new RpError('unauthenticated');
  if ((await needOf(deps, caller, way)) !== null) {
    const held = await deps.store.listCredentials(session.userId);
    throw new RpError(isInReach(way.demand, held) ? 'step_up_required' : 'assurance_unmet');
  }
  const { origin, href } = target;
  if (origin === deps.config.origin || way.binding === undefined) return href;
  return withTicket(href, sealTicket(deps, origin, way.binding, session));
}
