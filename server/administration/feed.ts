import type { FeedEntry } from '../store/feed.ts';
import type { Administration } from './administration.ts';
import { auditFacts, isoTime } from './facts.ts';

export interface FeedFacts {
  readonly entries: readonly {
    readonly position: string;
    readonly at: string;
    readonly kind: string;
    /** Null if it is about none, or about one that is gone. */
    readonly account: string | null;
    /** Null if its owner did it. */
    readonly operator: string | null;
    readonly credentialId: string | null;
    readonly sessionId: string | null;
    readonly evidence: Readonly<Record<string, unknown>>;
  }[];
  /** Where to go on, whatever came. */
  readonly next: string;
}

/** What came in sight after a position, at most `limit`: nothing twice, and nothing left out. */
export async function readFeed(
  { store }: Pick<Administration, 'store'>,
  { after, limit }: { after: number; limit: number },
): Promise<FeedFacts> {
  const found = await store.readFeed(after, limit);
  const next = String(found.at(-1)?.position ?? after);
  return { entries: found.map(factsOf), next };
}

function factsOf({ position, entry }: FeedEntry): FeedFacts['entries'][number] {
  if ('userId' in entry) {
    const { operator = null } = entry.evidence as { operator?: string };
    const { userId } = entry;
    const facts = { ...auditFacts(entry), evidence: { ...entry.evidence } };
    return { position: String(position), account: userId, operator, ...facts };
  }
  const { at, kind, operator, evidence } = entry;
  return {
    ...{ position: String(position), at: isoTime(at), kind, account: null, operator },
    ...{ credentialId: null, sessionId: null, evidence: { ...evidence } },
  };
}
