import { Router } from 'express';
import { signalsFor } from '../accounts/signals.ts';
import { completeAuthentication } from '../ceremonies/authentication.ts';
import { authenticationOptions } from '../ceremonies/authentication-options.ts';
import type { Deps } from '../deps.ts';
import { normalizeUsername, usernameKey } from '../policy/username.ts';
import type { AuthenticationResponseJSON } from '../webauthn/verify.ts';
import { answerJson } from './answer.ts';
import { parseBody } from './body.ts';
import { ensureBrowser, identifyCaller, setSessionCookie } from './cookies.ts';
import { limitByAddress } from './limit.ts';
import { labelCeremony } from './metrics.ts';
import { authenticationOptionsBody, authenticationResponse } from './schemas.ts';
import { ceremonyLabels, credentialView, userView } from './views.ts';

export function authenticationRouter(deps: Deps): Router {
  const router = Router({ caseSensitive: true });

  const limitOptions = limitByAddress(deps, 'options-by-address');
  const limitVerify = limitByAddress(deps, 'verify-by-address');

  router.post('/api/authentication/options', limitOptions, async (request, response) => {
    const body = parseBody(authenticationOptionsBody, request);
    if (body.username !== undefined) {
      const name = normalizeUsername(body.username) ?? body.username;
      await deps.rateLimiter.take('options-by-name', usernameKey(name));
    }
    const caller = ensureBrowser(deps, await identifyCaller(deps, request), response);
    answerJson(response, 200, await authenticationOptions(deps, caller, body));
  });

  router.post('/api/authentication/verify', limitVerify, async (request, response) => {
    const body = parseBody(authenticationResponse, request) as AuthenticationResponseJSON;
    const caller = await identifyCaller(deps, request);
    const { user, credential, held, userVerified, upgrade, suggestion, ...rest } =
      await completeAuthentication(deps, caller, body);
    const { sessionToken, mediation } = rest;
    labelCeremony(response, ceremonyLabels(credential, mediation));
    setSessionCookie(deps, response, sessionToken);
    answerJson(response, 200, {
      user: userView(user),
      credential: credentialView(deps.config, credential, { user, openedBy: credential.id }),
      userVerified,
      upgrade,
      suggestion,
      signals: signalsFor(deps.config, user, held),
    });
  });

  return router;
}
