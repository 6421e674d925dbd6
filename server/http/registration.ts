import { Router } from 'express';
import { listPasskeys } from '../accounts/credentials.ts';
import { completeRegistration, registrationOptions } from '../ceremonies/registration.ts';
import type { RegistrationResponseJSON } from '../ceremonies/verify.ts';
import type { Deps } from '../deps.ts';
import { parseBody } from './body.ts';
import { ensureBrowser, identifyCaller, setSessionCookie } from './cookies.ts';
import { registrationOptionsBody, registrationResponse } from './schemas.ts';
import { credentialView, userView } from './views.ts';

export function registrationRouter(deps: Deps): Router {
  const router = Router({ caseSensitive: true });

  router.post('/api/registration/options', async (request, response) => {
    const body = parseBody(registrationOptionsBody, request);
    const caller = ensureBrowser(deps, await identifyCaller(deps, request), response);
    response.json(await registrationOptions(deps, caller, body));
  });

  router.post('/api/registration/verify', async (request, response) => {
    const body = parseBody(registrationResponse, request) as RegistrationResponseJSON;
    const caller = await identifyCaller(deps, request);
    const { user, credential, sessionToken } = await completeRegistration(deps, caller, body);
    if (sessionToken !== null) setSessionCookie(deps, response, sessionToken);
    const { signals } = await listPasskeys(deps, { user });
    response.status(201).json({
      user: userView(user),
      credential: credentialView(deps.config, credential),
      signals,
    });
  });

  return router;
}
