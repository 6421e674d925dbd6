/**
 * Which passkeys an account may have: the operator's rules, by name, for chosen accounts or for all.
 *
 * Without attestation an AAGUID is what the client claims: an allow list alone keeps honest people to the
 * right provider, and only together with `direct` does it keep others out.
 */
export interface CredentialPolicy {
  /** Only credentials that can't be copied to another device (WebAuthn L3 §6.1.3: BE = 0). */
  readonly deviceBoundOnly: boolean;
  /** AAGUIDs; null for any. */
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
  /** `direct` asks for an attestation, and refuses one without a trust anchor. */
  readonly attestation: 'none' | 'direct';
  /** Whether Sign in with Apple opens the account, or only as long as it holds no passkey. */
  readonly apple: 'always' | 'without-passkey' | 'never';
}

/** By name; `default` holds for accounts to which none was assigned. */
export type CredentialPolicies = Readonly<Record<string, CredentialPolicy>>;

export const anyCredential: CredentialPolicy = {
  deviceBoundOnly: false,
  allow: null,
  deny: [],
  attestation: 'none',
  apple: 'always',
};

/** A policy that is assigned but no longer configured leaves the account under the default one. */
export function policyFor(
  policies: CredentialPolicies,
  { policy }: { readonly policy: string | null },
): CredentialPolicy {
  const assigned = policy ?? 'default';
  // A name may also be one that every object has (`constructor`).
  const found = Object.hasOwn(policies, assigned) ? policies[assigned] : undefined;
  return found ?? policies.default ?? anyCredential;
}

export type Violation = 'syncs' | 'provider-not-allowed' | 'provider-denied';

/** What the policy has against a credential; null where nothing. */
export function violationOf(
  policy: CredentialPolicy,
  { aaguid, backupEligible }: { readonly aaguid: string; readonly backupEligible: boolean },
): Violation | null {
  if (policy.deviceBoundOnly && backupEligible) return 'syncs';
  if (policy.deny.includes(aaguid)) return 'provider-denied';
  return policy.allow === null || policy.allow.includes(aaguid) ? null : 'provider-not-allowed';
}
