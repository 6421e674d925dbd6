import { isAccepted } from '../../policy/ways-in.ts';
import type { AdminDeps } from './operator.ts';
import { type Answer, plain, table } from './print.ts';

type Count = Awaited<ReturnType<AdminDeps['store']['countCredentials']>>[number];
type Domain = 'current' | 'former' | 'not served';

/** How far the passkeys of the site have come to the domain of today. */
export async function showMove({ config, store }: AdminDeps): Promise<Answer> {
  const { rpId, formerRpIds } = config;
  const domainOf = (id: string): Domain =>
    id === rpId ? 'current' : formerRpIds.includes(id) ? 'former' : 'not served';
  const counts = (await store.countCredentials())
    .map((count) => ({ ...count, domain: domainOf(count.rpId) }))
    .sort(byDomain);
  const notServed = new Set(
    counts.flatMap((each) => (each.domain === 'not served' ? [each.rpId] : [])),
  );
  const progress = progressOf(counts);
  const rows = counts.map((each) => [
    each.rpId,
    each.domain,
    each.state,
    String(each.credentials),
    String(each.accounts),
  ]);
  const text = [
    table(['RP ID', 'DOMAIN', 'STATE', 'PASSKEYS', 'ACCOUNTS'], rows),
    '',
    `Passkeys of former domains: ${progress.replaced} replaced, ${progress.waiting} not yet.`,
    ...[...notServed].map((id) => `Warning: ${unservedWords(id)}`),
  ];
  const json = { rpId, formerRpIds, counts, progress, notServed: [...notServed] };
  return { text: text.join('\n'), json };
}

const unservedWords = (rpId: string) =>
  `${plain(rpId)} is neither RP_ID nor in FORMER_RP_IDS, so its passkeys can't sign in.`;

/** A superseded passkey of a former domain has its successor; what is revoked waits for nothing. */
function progressOf(counts: readonly (Count & { domain: Domain })[]) {
  const former = counts.filter((each) => each.domain === 'former' && isAccepted(each));
  const total = (list: readonly Count[]) => list.reduce((sum, each) => sum + each.credentials, 0);
  const replaced = total(former.filter(({ state }) => state === 'superseded'));
  return { replaced, waiting: total(former) - replaced };
}

const order: readonly Domain[] = ['current', 'former', 'not served'];

function byDomain(one: Count & { domain: Domain }, other: Count & { domain: Domain }): number {
  const rank = order.indexOf(one.domain) - order.indexOf(other.domain);
  return (
    rank || one.rpId.localeCompare(other.rpId, 'en') || one.state.localeCompare(other.state, 'en')
  );
}
