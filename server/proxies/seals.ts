/**
 * What a browser brings of a sign-in to a site behind a proxy. A ticket comes with it from our own site, once
 * and within a minute; for a ticket it gets a visit, which it keeps as a cookie there.
 *
 * Guarantees: each is good for one site; a ticket only for the browser that went to fetch it.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { Nonce } from '../records/nonce.ts';
import { lineageOf, type Session } from '../records/session.ts';
import { seal, unseal } from '../seal/seal.ts';

/** Longer than the way back takes. */
const ticketSeconds = 60;

const text = z.string();
const promised = { userId: text, lineage: text, origin: text };
const forms = {
  ticket: z.strictObject({ kind: z.literal('ticket'), ...promised }),
  visit: z.strictObject({ kind: z.literal('visit'), ...promised }),
};

/** The sign-in that somebody came from. */
export interface Visit {
  readonly userId: string;
  readonly lineage: string;
}

type Given = Pick<Deps, 'config' | 'keys' | 'now'>;
type Giving = Given & Pick<Deps, 'random'>;

/** What a browser is known by on its way: the hash of the cookie that it has at the site. */
export function bindingOf(cookie: string): string {
  return hash('sha256', cookie, 'base64url');
}

export function sealTicket(
  deps: Giving,
  origin: string,
  binding: string,
  { id, succeeds, userId }: Pick<Session, 'id' | 'succeeds' | 'userId'>,
): string {
  const lineage = lineageOf({ id, succeeds });
  const sealing = { keys: deps.keys.visit, ttlSeconds: ticketSeconds };
  return seal(deps, sealing, binding, { kind: 'ticket', userId, lineage, origin });
}

/** Null if it is not good here. Whether it was used before, its nonce tells. */
export function openTicket(
  deps: Given,
  origin: string,
  binding: string,
  ticket: string,
): { readonly visit: Visit; readonly nonce: Nonce } | null {
  return opened(() => {
    const sealing = { keys: deps.keys.visit, ttlSeconds: ticketSeconds };
    const read = readAs(forms.ticket, origin);
    const { promise, nonce } = unseal(deps, sealing, ticket, binding, read);
    return { visit: promise, nonce };
  });
}

const visits = ({ config, keys }: Pick<Deps, 'config' | 'keys'>) => ({
  keys: keys.visit,
  ttlSeconds: config.sessionTtlSeconds,
});

export function sealVisit(deps: Giving, origin: string, { userId, lineage }: Visit): string {
  return seal(deps, visits(deps), origin, { kind: 'visit', userId, lineage, origin });
}

/** Null if it is not one of this site's, or has expired. */
export function openVisit(deps: Given, origin: string, cookie: string): Visit | null {
  const known = openedWith(deps.keys.visit);
  const name = `${origin} ${cookie}`;
  const before = known.get(name);
  const now = deps.now();
  if (before && before.openedAt <= now && now <= before.expiresAt) return before.visit;
  return opened(() => {
    const read = readAs(forms.visit, origin);
    const { promise: visit, nonce } = unseal(deps, visits(deps), cookie, origin, read);
    if (known.size >= mostKnown) known.clear();
    known.set(name, { visit, openedAt: now, expiresAt: nonce.expiresAt });
    return visit;
  });
}

interface KnownVisit {
  readonly visit: Visit;
  readonly openedAt: number;
  readonly expiresAt: number;
}

const mostKnown = 5_000;

/** A page comes with dozens of requests, and what a seal says never changes. Who is signed in is not in it. */
const knownVisits = new WeakMap<Given['keys']['visit'], Map<string, KnownVisit>>();

function openedWith(keys: Given['keys']['visit']): Map<string, KnownVisit> {
  const known = knownVisits.get(keys) ?? new Map();
  knownVisits.set(keys, known);
  return known;
}

/** The promise, if it is of this form and for this site. */
function readAs(form: z.ZodType<Visit & { readonly origin: string }>, origin: string) {
  return (promise: unknown): Visit | null => {
    const { success, data } = form.safeParse(promise);
    return success && data.origin === origin ? data : null;
  };
}

function opened<Value>(open: () => Value): Value | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof RpError && error.code === 'challenge_invalid') return null;
    throw error;
  }
}
