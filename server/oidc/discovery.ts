import type { Config } from '../config.ts';

/** What discovery says beside what the library says by itself. */
export function discoveryOf(issuer: string, { oidc, signUp }: Pick<Config, 'oidc' | 'signUp'>) {
  return {
    // OAuth 2.0 for First-Party Applications §9
    authorization_challenge_endpoint: `${issuer}/challenge`,
    // Initiating User Registration via OpenID Connect 1.0 §4
    prompt_values_supported: ['none', 'login', 'consent', ...(signUp === 'open' ? ['create'] : [])],
    claim_types_supported: ['normal'],
    // OAuth Client ID Metadata Document §5
    client_id_metadata_document_supported: oidc.selfDescribedClients,
  };
}
