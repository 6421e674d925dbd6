/**
 * A visit is one request to the provider: who asks, and what the request changes.
 *
 * Guarantees: everything that it changes is committed in one transaction before its answer leaves, or nothing
 * is, because what can be used only once was used by another request first. What it changed it can read.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditEntry } from '../records/audit.ts';
import type { OidcChanges, OidcLogin, OidcRecord } from '../records/oidc.ts';
import type { Store } from '../store/store.ts';
import type { Visitor } from './oidc.ts';

export interface Visit extends Visitor {
  /** Whether an app asks itself, and can be answered nothing but a code. */
  readonly withoutBrowser: boolean;
  /** By key; null for one that is removed. */
  readonly records: Map<string, OidcRecord | null>;
  /** What was found in the store, by key. */
  readonly found: Map<string, OidcRecord>;
  consume: OidcChanges['consume'];
  readonly prolong: Map<string, number>;
  readonly logins: OidcLogin[];
  signOut: OidcChanges['signOut'];
  readonly audit: AuditEntry[];
  /** What is still being made ready to be saved. */
  readonly pending: Promise<unknown>[];
}

const visits = new AsyncLocalStorage<Visit>();

export function newVisit(visitor: Visitor, withoutBrowser = false): Visit {
  return {
    ...visitor,
    withoutBrowser,
    records: new Map(),
    found: new Map(),
    consume: null,
    prolong: new Map(),
    logins: [],
    signOut: null,
    audit: [],
    pending: [],
  };
}

/** Does it as a part of this visit. */
export function during<Result>(visit: Visit, work: () => Result): Result {
  return visits.run(visit, work);
}

/** @throws {TypeError} outside of a visit */
export function currentVisit(): Visit {
  const visit = visits.getStore();
  if (visit === undefined) throw new TypeError('the provider is visited without a caller');
  return visit;
}

/** False if something was used before, and nothing was changed. */
export async function commitVisit(store: Store, visit: Visit): Promise<boolean> {
  await Promise.all(visit.pending);
  const changes = changesOf(visit);
  return changes === null || store.commitOidc(changes);
}

function changesOf(visit: Visit): OidcChanges | null {
  const save: OidcRecord[] = [];
  const remove: string[] = [];
  for (const [key, record] of visit.records) {
    if (record === null) remove.push(key);
    else save.push(record);
  }
  const { consume, logins, signOut, audit } = visit;
  const prolong = [...visit.prolong].map(([key, until]) => ({ key, until }));
  const isEmpty =
    consume === null && signOut === null && [save, remove, prolong, logins, audit].every(isNothing);
  return isEmpty ? null : { consume, save, remove, prolong, logins, signOut, audit };
}

const isNothing = (list: readonly unknown[]) => list.length === 0;
