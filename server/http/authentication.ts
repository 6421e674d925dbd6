import { Router } from 'express';
import { listPasskeys } from '../accounts/credentials.ts';
import { authenticationOptions, completeAuthentication } from '../ceremonies/authentication.ts';
import type { AuthenticationResponseJSON } from '../ceremonies/verify.ts';
import type { Deps } from '../deps.ts';
import { parseBody } from './body.ts';
import { ensureBrowser, identifyCaller, setSessionCookie } from './cookies.ts';
import { authenticationOptionsBody, authenticationResponse } from './schemas.ts';
import { credentialView, userView } from './views.ts';

export function authenticationRouter(deps: Deps): Router {
  const router = Router({ caseSensitive: true });

  router.post('/api/authentication/options', async (request, response) => {
    const body = parseBody(authenticationOptionsBody, request);
    const caller = ensureBrowser(deps, await identifyCaller(deps, request), response);
    response.json(await authenticationOptions(deps, caller, body));
  });

  router.post('/api/authentication/verify', async (request, response) => {
    const body = parseBody(authenticationResponse, request) as AuthenticationResponseJSON;
    const caller = await identifyCaller(deps, request);
    const { user, credential, userVerified, sessionToken } = await completeAuthentication(
      deps,
      caller,
      body,
    );
    setSessionCookie(deps, response, sessionToken);
    const { signals } = await listPasskeys(deps, { user });
    response.json({
      user: userView(user),
      credential: credentialView(deps.config, credential),
      userVerified,
      upgrade: null,
      signals,
    });
  });

  return router;
}
