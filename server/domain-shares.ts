/**
 * How many of the accounts sign in under which domain, while a site moves from one to another: decoys
 * must stand on each as often as real accounts do, or the domain of an answer would tell the two apart.
 *
 * It is a sample, always of the same accounts, so that a decoy moves when the people do and never back.
 */
import { createHmac } from 'node:crypto';
import type { Deps } from './deps.ts';
import { domainOf, servedDomains } from './policy/served-domains.ts';

/** For each of the served domains a number between 0 and 1; together they are 1. */
export type DomainShares = () => Promise<readonly number[]>;

const pages = 8;
const pageLength = 32;
const keptMs = 10 * 60_000;

export function sampleDomainShares(
  deps: Pick<Deps, 'config' | 'keys' | 'now' | 'store'>,
): DomainShares {
  if (deps.config.formerRpIds.length === 0) return async () => [1];
  let kept: { readonly until: number; readonly shares: Promise<readonly number[]> } | null = null;
  return async () => {
    if (kept === null || deps.now() >= kept.until) {
      kept = { until: deps.now() + keptMs, shares: sample(deps) };
    }
    try {
      return await kept.shares;
    } catch (error) {
      kept = null;
      throw error;
    }
  };
}

async function sample({
  config,
  keys,
  store,
}: Pick<Deps, 'config' | 'keys' | 'store'>): Promise<readonly number[]> {
  // User handles are random, so what follows any text in their order is a fair choice of them.
  const starts = Array.from({ length: pages }, (_, page) =>
    createHmac('sha256', keys.decoy).update(`sample\n${page}`).digest('base64url'),
  );
  const found = await Promise.all(starts.map((start) => store.exportAccounts(start, pageLength)));
  const served = servedDomains(config);
  const domains = found.flat().map(({ credentials }) => domainOf(served, credentials));
  // One more on each: nobody is alone on a domain, be it the first who came or the last who stays.
  const counts = served.map((rpId) => domains.filter((each) => each === rpId).length + 1);
  const total = counts.reduce((sum, count) => sum + count);
  return counts.map((count) => count / total);
}
