import { isAccepted } from '../policy/ways-in.ts';
import type { CredentialState } from '../records/credential.ts';
import type { Administration } from './administration.ts';

/** Of RP_ID, of FORMER_RP_IDS, or of neither: those passkeys can't sign in. */
type Domain = 'current' | 'former' | 'not served';

interface MoveCount {
  readonly rpId: string;
  readonly domain: Domain;
  readonly state: CredentialState;
  readonly credentials: number;
  readonly accounts: number;
}

export interface Move {
  readonly rpId: string;
  readonly formerRpIds: readonly string[];
  readonly counts: readonly MoveCount[];
  /** Of the passkeys of former domains: how many have a successor, and how many not yet. */
  readonly progress: { readonly replaced: number; readonly waiting: number };
  /** RP IDs that the configuration does not name. */
  readonly notServed: readonly string[];
}

/** How far the passkeys of the site have come to the domain of today. */
export async function showMove({ config, store }: Administration): Promise<Move> {
  const { rpId, formerRpIds } = config;
  const domainOf = (id: string): Domain =>
    id === rpId ? 'current' : formerRpIds.includes(id) ? 'former' : 'not served';
  const counts = (await store.countCredentials())
    .map((count) => ({ ...count, domain: domainOf(count.rpId) }))
    .sort(byDomain);
  const notServed = counts.filter(({ domain }) => domain === 'not served');
  return {
    rpId,
    formerRpIds,
    counts,
    progress: progressOf(counts),
    notServed: [...new Set(notServed.map((each) => each.rpId))],
  };
}

/** A superseded passkey of a former domain has its successor; what is revoked waits for nothing. */
function progressOf(counts: readonly MoveCount[]): Move['progress'] {
  const former = counts.filter((each) => each.domain === 'former' && isAccepted(each));
  const total = (list: readonly MoveCount[]) =>
    list.reduce((sum, each) => sum + each.credentials, 0);
  const replaced = total(former.filter(({ state }) => state === 'superseded'));
  return { replaced, waiting: total(former) - replaced };
}

const order: readonly Domain[] = ['current', 'former', 'not served'];

function byDomain(one: MoveCount, other: MoveCount): number {
  const rank = order.indexOf(one.domain) - order.indexOf(other.domain);
  return (
    rank || one.rpId.localeCompare(other.rpId, 'en') || one.state.localeCompare(other.state, 'en')
  );
}
