import { RpError } from '../errors.ts';
import type { Envelope, PrfSalts, Vault } from '../records/vault.ts';
import { isLive, isWorthless, liveSaltIds, locksOut } from '../records/vault.ts';

/** What a vault keeps of itself when a passkey is deleted. */
type Kept = Pick<Vault, 'exists' | 'revision' | 'rotationDue'>;

/**
 * What becomes of a vault whose owner deletes a passkey; null if nothing does. The same for every dialect.
 *
 * @param accepted the passkeys of the account that it accepts: no other one opens anything
 * @throws {RpError} `last_envelope`: nothing that counts would open it any more, and something would be lost
 */
export function vaultWithout(
  vault: Vault | null,
  salts: PrfSalts | null,
  credentialId: string,
  accepted: readonly string[],
): Kept | null {
  if (vault === null || salts === null || !vault.exists) return null;
  const isOther = (each: Envelope) => each.credentialId !== credentialId;
  const left = vault.envelopes.filter(isOther);
  if (left.length === vault.envelopes.length) return null;
  const revision = vault.revision + 1;
  const live = liveSaltIds(salts);
  const [before, after] = [vault.envelopes, left].map((each) =>
    each.filter((envelope) => isLive(envelope, live) && isOpenable(envelope, accepted)),
  ) as [Envelope[], Envelope[]];
  if (!locksOut(before, after)) return { exists: true, revision, rotationDue: true };
  if (!isWorthless(vault)) throw new RpError('last_envelope');
  return { exists: after.length > 0, revision, rotationDue: after.length > 0 };
}

const isOpenable = ({ credentialId }: Envelope, accepted: readonly string[]): boolean =>
  credentialId === null || accepted.includes(credentialId);
