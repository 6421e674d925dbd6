import type { Credential } from '../records/credential.ts';
import { type CredentialPolicy, violationOf } from './credential-policy.ts';
import { isLegacy } from './legacy.ts';

/** Why a better passkey should take the place of one. */
export type UpgradeReason = 'legacy-platform-credential' | 'former-domain';

/** Whether a new passkey with the same user handle would serve its owner better than this one. */
export function upgradeReason(
  credential: Credential,
  rpId: string,
  policy: CredentialPolicy,
): UpgradeReason | null {
  if (credential.state === 'revoked') return null;
  if (credential.rpId !== rpId) return 'former-domain';
  return isLegacy(credential) && takesReplacement(policy) ? 'legacy-platform-credential' : null;
}

/** iCloud Keychain, by its name and as systems that tell no AAGUID make it. */
const replacements = [
  'fbfc3007-154e-4ecc-8c0b-6e020557d7bd',
  '00000000-0000-0000-0000-000000000000',
];

/**
 * The device has put the new key in the place of the old one before anybody can refuse it, so only what is
 * sure to be accepted is offered.
 */
function takesReplacement(policy: CredentialPolicy): boolean {
  const made = replacements.map((aaguid) => ({ aaguid, backupEligible: true }));
  return policy.attestation === 'none' && made.every((each) => violationOf(policy, each) === null);
}

/** Whether to offer it now: for a while after "not now" nobody is asked again. */
export function offersUpgrade({ upgradeAfter }: Credential, now: number): boolean {
  return upgradeAfter === null || upgradeAfter <= now;
}
