/**
 * Forward auth: whether a proxy may pass a request on to the site behind it, and who sends it.
 *
 * Guarantees: the store is asked at every request, so whoever signs out, is disabled or loses a session is
 * refused at once; who is not let in is led to our own sign-in page and back to the same site, and nowhere
 * else; nothing that is good at one site is good at another.
 */

import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { assuranceOf } from '../policy/assurance.ts';
import { type Demand, meets } from '../policy/demand.ts';
import { takeTicket, withTicket } from '../policy/return-to.ts';
import type { Opener } from '../records/credential.ts';
import { isRestricted, type Session } from '../records/session.ts';
import { outlives } from '../records/session-token.ts';
import type { User } from '../records/user.ts';
import { bindingOf, openTicket, openVisit, sealVisit, type Visit } from './seals.ts';

/** What the proxy was asked. */
export interface Asked {
  /** One of the configured ones. */
  readonly origin: string;
  /** The whole of it. */
  readonly url: string;
  /** Where a person goes on after a sign-in. */
  readonly returnTo: string;
  /** Whether a person looks at the answer, so that they can be led elsewhere. */
  readonly isNavigation: boolean;
  /** What the browser keeps of us at that site. */
  readonly cookie: string | null;
  readonly demand: Demand;
}

interface SignedIn {
  readonly session: Session;
  readonly user: User;
}

export type Verdict =
  | { readonly kind: 'pass'; readonly identity: Identity }
  /** `keep`: the cookie that the browser gets on the way. */
  | { readonly kind: 'lead'; readonly to: string; readonly keep: string | null }
  | { readonly kind: 'refuse'; readonly why: 'signed-out' | 'too-weak' | 'no-cookies' };

interface Identity {
  readonly user: User;
  readonly acr: string | null;
  readonly amr: readonly string[];
  readonly authenticatedAt: number;
}

/** In the place of a ticket: the browser was sent here to see whether it keeps cookies. */
const trial = 'trial';

/** @param own who is signed in at our own site, if that is the one that was asked for */
export async function judge(
  deps: Deps,
  asked: Asked,
  own: () => Promise<SignedIn | null>,
): Promise<Verdict> {
  const { url, ticket } = takeTicket(asked.url);
  const isOwn = asked.origin === deps.config.origin;
  const found = isOwn ? await own() : await findVisitor(deps, asked);
  if (ticket !== null && asked.isNavigation) {
    return found !== null || isOwn
      ? { kind: 'lead', to: url, keep: null }
      : comeBack(deps, asked, url, ticket);
  }
  if (found === null) return leadToSignIn(deps, asked, 'signed-out');
  const opener = await findOpener(deps, found.session);
  if (!meets(asked.demand, found.session, opener, deps.now())) {
    return leadToSignIn(deps, asked, 'too-weak');
  }
  const { acr, amr } = assuranceOf(found.session, opener);
  const { authenticatedAt } = found.session;
  return { kind: 'pass', identity: { user: found.user, acr, amr, authenticatedAt } };
}

async function findVisitor(deps: Deps, { origin, cookie }: Asked): Promise<SignedIn | null> {
  const visit = cookie === null ? null : openVisit(deps, origin, cookie);
  return visit === null ? null : findSignedIn(deps, visit);
}

/** Whoever is still signed in by that sign-in, and may do more than add a passkey. */
async function findSignedIn(
  { config, now, store }: Deps,
  { userId, lineage }: Visit,
): Promise<SignedIn | null> {
  const found = await store.findLineage(userId, lineage, now());
  if (found === null || isRestricted(found.session)) return null;
  return outlives(found.session, now(), config.sessionTtlSeconds) ? null : found;
}

export async function findOpener(
  { store }: Pick<Deps, 'store'>,
  { credentialId }: Session,
): Promise<Opener | null> {
  return credentialId === null ? null : store.findOpener(credentialId);
}

/** Somebody comes from the sign-in with a ticket. Its address has to go, whether it is good or not. */
async function comeBack(deps: Deps, asked: Asked, url: string, ticket: string): Promise<Verdict> {
  const { cookie, origin } = asked;
  if (cookie === null) {
    if (ticket === trial) return { kind: 'refuse', why: 'no-cookies' };
    return { kind: 'lead', to: withTicket(url, trial), keep: newCookie(deps) };
  }
  const visit = ticket === trial ? null : await redeem(deps, origin, cookie, ticket);
  if (visit === null) return leadToSignIn(deps, asked, 'signed-out');
  return { kind: 'lead', to: url, keep: sealVisit(deps, origin, visit) };
}

/** Uses a ticket up. Of several at once with the same, one gets the visit. */
async function redeem(
  deps: Deps,
  origin: string,
  cookie: string,
  ticket: string,
): Promise<Visit | null> {
  const opened = openTicket(deps, origin, bindingOf(cookie), ticket);
  if (opened === null || (await findSignedIn(deps, opened.visit)) === null) return null;
  const { value, expiresAt } = opened.nonce;
  const spent = {
    key: toBase64Url(value),
    ...{ model: 'ForwardAuthTicket', payload: '{}', expiresAt, consumedAt: null },
    ...{ userId: null, lineage: null, outlivesSession: false, credentialId: null },
  };
  return (await deps.store.insertOnce(spent, deps.now())) ? opened.visit : null;
}

function leadToSignIn(deps: Deps, asked: Asked, why: 'signed-out' | 'too-weak'): Verdict {
  if (!asked.isNavigation) return { kind: 'refuse', why };
  const { origin } = deps.config;
  const url = new URL('/sign-in', origin);
  url.searchParams.set('return_to', takeTicket(asked.returnTo).url);
  const { acr, maxAgeSeconds, userVerified } = asked.demand;
  if (acr !== null) url.searchParams.set('acr_values', acr);
  if (maxAgeSeconds !== null) url.searchParams.set('max_age', String(maxAgeSeconds));
  if (userVerified) url.searchParams.set('user_verified', 'yes');
  if (asked.origin === origin) return { kind: 'lead', to: url.href, keep: null };
  const cookie = asked.cookie ?? newCookie(deps);
  url.searchParams.set('binding', bindingOf(cookie));
  return { kind: 'lead', to: url.href, keep: asked.cookie === null ? cookie : null };
}

const newCookie = ({ random }: Pick<Deps, 'random'>) => toBase64Url(random(32));
