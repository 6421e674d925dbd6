import type { Credential, HeldCredential } from '../records/credential.ts';
import { isWayIn } from './ways-in.ts';

/** What would keep a person from being locked out, or save a step next time. */
export type Suggestion = 'backup-lost' | 'local-passkey' | 'second-passkey';

/** A passkey that was backed up and is not any more (WebAuthn L3 §6.1.3) may be the last copy of itself. */
export function backupLost(
  recorded: Pick<Credential, 'backedUp' | 'backupKnown'>,
  presented: { readonly backedUp: boolean },
): boolean {
  return recorded.backupKnown && recorded.backedUp && !presented.backedUp;
}

/** The most useful one, if any. */
export function suggest(
  used: Pick<Credential, 'transports'>,
  ceremony: { readonly attachment: string | null; readonly backupLost: boolean },
  held: readonly HeldCredential[],
): Suggestion | null {
  if (ceremony.backupLost) return 'backup-lost';
  // WebAuthn L3 §5.8.4: `hybrid` is a phone beside this device; a security key moves along with its owner.
  const acrossDevices =
    ceremony.attachment === 'cross-platform' && used.transports.includes('hybrid');
  if (acrossDevices) return 'local-passkey';
  return suggestForAccount(held);
}

/** What the list of passkeys alone suggests. */
export function suggestForAccount(held: readonly HeldCredential[]): Suggestion | null {
  const ways = held.filter(isWayIn);
  return ways.length === 1 && !ways[0]?.backupEligible ? 'second-passkey' : null;
}
