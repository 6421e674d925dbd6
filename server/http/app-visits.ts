import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { Caller } from '../records/caller.ts';

export type Provider = NonNullable<Deps['oidc']>;

export const hasApps = ({ oidc }: { readonly oidc: { readonly isOn: boolean } }): boolean =>
  oidc.isOn;

/** @throws {RpError} `not_found` if there are no apps */
export function providerOf({ oidc }: Pick<Deps, 'oidc'>): Provider {
  if (oidc === null) throw new RpError('not_found', { detail: 'no client is configured' });
  return oidc;
}

/** Who calls for an interaction. The provider shows no page of its own then. */
export function visitor(caller: Caller) {
  const none = () => '';
  return {
    caller,
    pages: { languages: [], problem: none, signOut: none, signedOut: none, unavailable: none },
    signedOut: () => {},
    // The request that made the interaction was allowed to.
    mayFetch: async () => true,
  };
}
