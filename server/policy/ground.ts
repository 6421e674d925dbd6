/** What decides beside the state of a passkey whether it lets its owner in, as it is configured. */
import { type CredentialPolicies, policyFor } from './credential-policy.ts';
import { servedDomains } from './served-domains.ts';
import type { Ground } from './ways-in.ts';

interface Configured {
  readonly rpId: string;
  readonly formerRpIds: readonly string[];
  readonly credentialPolicies: CredentialPolicies;
  readonly apple: { readonly teams: readonly string[] } | null;
}

export function groundFor(config: Configured, account: { readonly policy: string | null }): Ground {
  return {
    policy: policyFor(config.credentialPolicies, account),
    served: servedDomains(config),
    teams: config.apple?.teams ?? [],
  };
}
