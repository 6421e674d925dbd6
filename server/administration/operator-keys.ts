import { toBase64Url } from '../base64url.ts';
import { RpError } from '../errors.ts';
import {
  newOperatorSecret,
  type OperatorKey,
  type OperatorScope,
} from '../records/operator-key.ts';
import { type Administration, actOf } from './administration.ts';
import { isoTime } from './facts.ts';
import { RefusedAct } from './refusal.ts';

const dayMs = 86_400_000;

export interface OperatorKeyFacts
  extends Pick<OperatorKey, 'id' | 'name' | 'scopes' | 'lastUsedOn'> {
  readonly createdAt: string;
  readonly expiresAt: string;
}

const factsOf = ({ id, name, scopes, lastUsedOn, ...times }: OperatorKey): OperatorKeyFacts => ({
  ...{ id, name, scopes, lastUsedOn },
  createdAt: isoTime(times.createdAt),
  expiresAt: isoTime(times.expiresAt),
});

/** `secret` is told only here, and only its hash is kept. */
export async function makeOperatorKey(
  deps: Administration,
  { name, scopes, days }: { name: string; scopes: readonly OperatorScope[]; days: number },
): Promise<{ readonly key: OperatorKeyFacts; readonly secret: string }> {
  const createdAt = deps.now();
  const { secret, keyHash } = newOperatorSecret(deps.random);
  const key: OperatorKey = {
    ...{ id: toBase64Url(deps.random(12)), name, scopes, createdAt },
    ...{ expiresAt: createdAt + days * dayMs, lastUsedOn: null },
  };
  const { id, expiresAt } = key;
  await deps.store.makeOperatorKey(
    { ...key, keyHash },
    {
      ...actOf(deps),
      kind: 'operator-key-made',
      evidence: { key: id, name, scopes, expiresAt },
    },
  );
  return { key: factsOf(key), secret };
}

/** @returns all of them, the latest first */
export async function listOperatorKeys({
  store,
}: Pick<Administration, 'store'>): Promise<{ readonly keys: readonly OperatorKeyFacts[] }> {
  const keys = await store.listOperatorKeys();
  return { keys: keys.sort((one, other) => other.createdAt - one.createdAt).map(factsOf) };
}

/**
 * When it returns, nothing is done with the key any more.
 *
 * @throws {RefusedAct} `key_unknown`
 */
export async function revokeOperatorKey(
  deps: Administration,
  id: string,
): Promise<{ readonly revoked: string }> {
  const by = { ...actOf(deps), kind: 'operator-key-revoked', evidence: { key: id } } as const;
  try {
    await deps.store.revokeOperatorKey(id, by);
  } catch (error) {
    if (!(error instanceof RpError) || error.code !== 'not_found') throw error;
    throw new RefusedAct({ code: 'key_unknown', key: id });
  }
  return { revoked: id };
}
