import type { Deps } from '../deps.ts';
import type { Network } from '../oidc/public-fetch.ts';

/** Loads the OpenID provider only if there is somebody to sign in to: a server without starts sooner. */
export async function openProvider(
  deps: Pick<Deps, 'config' | 'log' | 'now' | 'random' | 'store'>,
  network?: Network,
): Promise<Deps['oidc']> {
  if (!deps.config.oidc.isOn) return null;
  const { openOidc } = await import('../oidc/open.ts');
  return openOidc(deps, network);
}
