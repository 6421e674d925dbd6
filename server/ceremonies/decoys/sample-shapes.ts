/**
 * Which shape the account of an unknown user name has: that of a real account, out of a sample of them, so
 * that every domain, number of passkeys, transport and length of ID is about as frequent among the names
 * that are nobody's as among people (WebAuthn L3 §14.6.2).
 *
 * Only what is common is shadowed: a rare shape would tell whoever signed up with it which names are nobody's.
 *
 * The names and the sampled accounts lie on one circle, and a name shadows the next account: when accounts
 * come, change or go, only the names that shadow those change with them.
 */
import { createHmac } from 'node:crypto';
import type { Deps } from '../../deps.ts';
import { servedDomains } from '../../policy/served-domains.ts';
import type { AccountShape } from '../../records/account-shape.ts';
import type { Credential } from '../../records/credential.ts';
import type { Store } from '../../store/store.ts';
import { accountShape, commonShape, isCommon } from './account-shape.ts';

/** In the order of `at`; never empty. */
type Circle = readonly { readonly at: number; readonly shape: AccountShape }[];
type Sampling = Pick<Deps, 'config' | 'keys' | 'store'>;

const starts = 8;
const fromEach = 32;
const lookAtOnce = 8;
const keptMs = 10 * 60_000;

export function sampleDecoyShapes(deps: Sampling & Pick<Deps, 'now'>): Deps['decoyShapes'] {
  let kept: { readonly since: number; readonly circle: Promise<Circle> } | null = null;
  function current(): Promise<Circle> {
    // A clock that was set back must not make it last.
    if (kept !== null && Math.abs(deps.now() - kept.since) < keptMs) return kept.circle;
    const circle = drawCircle(deps);
    kept = { since: deps.now(), circle };
    circle.catch(() => {
      if (kept?.circle === circle) kept = null;
    });
    return circle;
  }
  return async (usernameKey) => {
    const circle = await current();
    const [point = 0] = points(deps.keys.decoy, `name\n${usernameKey}`);
    const next = circle.find(({ at }) => at >= point) ?? circle[0];
    return next?.shape ?? commonShape(deps.config.rpId);
  };
}

async function drawCircle({ config, keys, store }: Sampling): Promise<Circle> {
  const served = servedDomains(config);
  const shapes = new Map<string, AccountShape>();
  for (const [userId, held] of await sampleAccounts({ keys, store })) {
    const shape = accountShape(served, held);
    if (shape === null) continue;
    // Whoever has a rare one counts as one of the many.
    shapes.set(`account\n${userId}`, isCommon(shape) ? shape : commonShape(shape.rpId));
  }
  // Nobody is alone on a domain, be it the first who comes or the last who stays.
  for (const rpId of served) {
    if ([...shapes.values()].some((each) => each.rpId === rpId)) continue;
    shapes.set(`domain\n${rpId}`, commonShape(rpId));
  }
  return [...shapes]
    .flatMap(([what, shape]) => points(keys.decoy, what).map((at) => ({ at, shape })))
    .sort((one, other) => one.at - other.at);
}

/** Sixteen on the circle, so that the ways between them add up to much the same for each account. */
function points(key: Uint8Array, what: string): number[] {
  const bytes = createHmac('sha512', key).update(what).digest();
  return Array.from({ length: 16 }, (_, index) => bytes.readUInt32BE(index * 4));
}

async function sampleAccounts({
  keys,
  store,
}: Pick<Deps, 'keys' | 'store'>): Promise<Map<string, Credential[]>> {
  const owners = [...(await sampleOwners(keys.decoy, store))];
  const accounts = new Map<string, Credential[]>();
  async function look(lane: typeof owners): Promise<void> {
    for (const [id, userId] of lane) {
      const held = await store.listCredentials(userId);
      // Only by its oldest passkey, or one with two of them would be chosen twice as often.
      if (held[0]?.id === id) accounts.set(userId, held);
    }
  }
  // A few at a time: requests that come meanwhile need the store too.
  const lanes = Array.from({ length: lookAtOnce }, (_, lane) =>
    look(owners.filter((_owner, index) => index % lookAtOnce === lane)),
  );
  await Promise.all(lanes);
  return accounts;
}

/**
 * Owners by credential. Credential IDs are random whoever made the account, so what follows any of them is
 * a fair choice. Each of the places that it starts from adds as many, so that few are wholly sampled.
 */
async function sampleOwners(key: Uint8Array, store: Store): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (let start = 1; start <= starts; start++) {
    let from = createHmac('sha256', key).update(`sample\n${start}`).digest('base64url');
    for (let ends = 0; ends < 2 && owners.size < start * fromEach; ) {
      const page = await store.sampleCredentials(from, fromEach);
      for (const { id, userId } of page) {
        if (owners.size < start * fromEach) owners.set(id, userId);
      }
      // Behind the last comes the first.
      if (page.length < fromEach) ends++;
      from = page.length < fromEach ? '' : (page.at(-1)?.id ?? '');
    }
  }
  return owners;
}
