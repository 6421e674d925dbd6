import type { OperatorEntryOf } from '../records/operator-entry.ts';
import { saltId } from '../records/vault.ts';
import { type Administration, actOf } from './administration.ts';
import { isoTime } from './facts.ts';
import { RefusedAct } from './refusal.ts';

export interface SaltFacts {
  /** The name of the salt that opens vaults. */
  readonly salt: string;
  /** Null if none is under way. */
  readonly rotation: {
    /** The name of the salt that takes its place. */
    readonly next: string;
    readonly since: string;
    /** Every ceremony that knows nothing of the next salt is over by then. */
    readonly finishableAt: string;
    /** Envelopes of passkeys that have not come by: they open nothing once the rotation is finished. */
    readonly left: number;
    /** Vaults that nothing would open then. As long as there are any, it can't be finished. */
    readonly orphans: number;
  } | null;
}

/** Every process has looked the salts up by then: see `server/vault/salts.ts`. */
const spreadMs = 10_000;

/** From now on ceremonies evaluate two salts, and whoever comes by moves to the next one. */
export async function beginSaltRotation(deps: Administration): Promise<SaltFacts> {
  const next = deps.random(32);
  const by = entry(deps, 'salt-rotation-begun', { salt: saltId(next) });
  await deps.store.beginSaltRotation(next, by);
  return showSalts(deps);
}

/** Changes nothing. */
export async function showSalts({ config, store }: Administration): Promise<SaltFacts> {
  const found = await store.saltRotation();
  if (found === null) {
    const salts = await store.findSalts();
    if (salts === null) throw new RefusedAct({ code: 'salt_missing' });
    return { salt: saltId(salts.current), rotation: null };
  }
  const { salts, left, orphans } = found;
  const { current, next, rotatingSince } = salts;
  const finishableAt = rotatingSince + config.challengeTtlSeconds * 1000 + spreadMs;
  const times = { since: isoTime(rotatingSince), finishableAt: isoTime(finishableAt) };
  return { salt: saltId(current), rotation: { next: saltId(next), ...times, left, orphans } };
}

export interface FinishedRotation {
  /** The name of the salt that opens vaults from now on. */
  readonly salt: string;
  /** Envelopes that open nothing any more. */
  readonly left: number;
}

/** Retires the salt of before. Refuses as long as that would take the last way into any vault. */
export async function finishSaltRotation(deps: Administration): Promise<FinishedRotation> {
  const { rotation } = await showSalts(deps);
  if (rotation === null) throw new RefusedAct({ code: 'rotation_missing' });
  const { finishableAt } = rotation;
  if (deps.now() < Date.parse(finishableAt)) {
    throw new RefusedAct({ code: 'rotation_too_young', finishableAt });
  }
  const finished = await deps.store.finishSaltRotation(({ salts, left }) =>
    entry(deps, 'salt-rotation-finished', { salt: saltId(salts.next), left }),
  );
  if (finished === null) throw new RefusedAct({ code: 'rotation_missing' });
  const { salts, left, orphans } = finished;
  if (orphans > 0) throw new RefusedAct({ code: 'vaults_orphaned', orphans });
  return { salt: saltId(salts.next), left };
}

function entry<Kind extends 'salt-rotation-begun' | 'salt-rotation-finished'>(
  deps: Administration,
  kind: Kind,
  evidence: OperatorEntryOf<Kind>['evidence'],
): OperatorEntryOf<Kind> {
  return { ...actOf(deps), kind, evidence };
}
