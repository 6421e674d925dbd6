import { Router } from 'express';
import { signalsAfter } from '../accounts/credentials.ts';
import { completeRegistration } from '../ceremonies/registration.ts';
import { registrationOptions } from '../ceremonies/registration-options.ts';
import type { Deps } from '../deps.ts';
import type { RegistrationResponseJSON } from '../webauthn/verify.ts';
import { answerJson } from './answer.ts';
import { parseBody } from './body.ts';
import { ensureBrowser, identifyCaller, setSessionCookie } from './cookies.ts';
import { limitByAddress, takeByAddress } from './limit.ts';
import { labelCeremony } from './metrics.ts';
import { registrationOptionsBody, registrationResponse } from './schemas.ts';
import { ceremonyLabels, credentialView, userView } from './views.ts';

export function registrationRouter(deps: Deps): Router {
  const router = Router({ caseSensitive: true });

  const limitOptions = limitByAddress(deps, 'options-by-address');
  const limitVerify = limitByAddress(deps, 'verify-by-address');

  router.post('/api/registration/options', limitOptions, async (request, response) => {
    const body = parseBody(registrationOptionsBody, request);
    // It tells whether a user name is taken, so it is not for going through a list of them.
    if (body.username !== undefined) await takeByAddress(deps, 'sign-up-by-address', request);
    const caller = ensureBrowser(deps, await identifyCaller(deps, request), response);
    answerJson(response, 200, await registrationOptions(deps, caller, body));
  });

  router.post('/api/registration/verify', limitVerify, async (request, response) => {
    const body = parseBody(registrationResponse, request) as RegistrationResponseJSON;
    const caller = await identifyCaller(deps, request);
    const { user, credential, superseded, sessionToken, mediation } = await completeRegistration(
      deps,
      caller,
      body,
    );
    const openedBy = sessionToken === null ? (caller.session?.credentialId ?? null) : credential.id;
    labelCeremony(response, ceremonyLabels(credential, mediation));
    if (sessionToken !== null) setSessionCookie(deps, response, sessionToken);
    const signals = await signalsAfter(deps, user);
    answerJson(response, 201, {
      user: userView(user),
      credential: credentialView(deps.config, credential, { user, openedBy }),
      superseded,
      signals,
    });
  });

  return router;
}
