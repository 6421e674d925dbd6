import type { Credential } from '../store/store.ts';
import type { CredentialPolicy } from './credential-policy.ts';
import { isLegacy } from './legacy.ts';

/** Why a better passkey should take the place of one. */
export type UpgradeReason = 'legacy-platform-credential' | 'former-domain';

/** Whether a new passkey with the same user handle would serve its owner better than this one. */
export function upgradeReason(
  credential: Credential,
  rpId: string,
  { deviceBoundOnly }: Pick<CredentialPolicy, 'deviceBoundOnly'>,
): UpgradeReason | null {
  if (credential.state === 'revoked') return null;
  if (credential.rpId !== rpId) return 'former-domain';
  // Where passkeys may not sync there is nothing better than one that does not.
  return !deviceBoundOnly && isLegacy(credential) ? 'legacy-platform-credential' : null;
}

/** Whether to offer it now: for a while after "not now" nobody is asked again. */
export function offersUpgrade({ upgradeAfter }: Credential, now: number): boolean {
  return upgradeAfter === null || upgradeAfter <= now;
}
