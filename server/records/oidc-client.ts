/** Apps that people sign in to here, and the back ends that they call. */

/** The members of OpenID Connect Dynamic Client Registration 1.0 that a client may have, and two of ours. */
export interface OidcClient {
  readonly client_id: string;
  readonly client_name?: string | undefined;
  readonly application_type: 'web' | 'native';
  readonly redirect_uris: readonly string[];
  readonly post_logout_redirect_uris?: readonly string[] | undefined;
  readonly token_endpoint_auth_method:
    | 'none'
    | 'client_secret_basic'
    | 'client_secret_post'
    | 'private_key_jwt';
  readonly client_secret?: string | undefined;
  readonly grant_types: readonly ('authorization_code' | 'refresh_token')[];
  /** Ours: no consent is asked. */
  readonly first_party: boolean;
  /** Ours: the resource that access tokens are for, if a request names none. */
  readonly default_resource?: string | undefined;
  readonly logo_uri?: string | undefined;
  readonly backchannel_logout_uri?: string | undefined;
  /** Others, which oidc-provider judges. */
  readonly [member: string]: unknown;
}

/** A back end that takes JWT access tokens (RFC 9068) under this identifier (RFC 8707). */
export interface OidcResource {
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly access_token_ttl: number;
}
