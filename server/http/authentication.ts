import type { z } from 'zod';
import { signalsFor } from '../accounts/signals.ts';
import { completeAuthentication } from '../ceremonies/authentication.ts';
import { authenticationOptions } from '../ceremonies/authentication-options.ts';
import { normalizeUsername, usernameKey } from '../policy/username.ts';
import type { AuthenticationResponseJSON } from '../webauthn/library.ts';
import { ensureBrowser } from './caller.ts';
import { keepSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import {
  authenticated,
  authenticationOptionsBody,
  authenticationResponse,
  requestOptions,
} from './schemas/ceremonies.ts';
import { ceremonyLabels, credentialView, userView } from './views.ts';

export const authentication = [
  endpoint({
    id: 'authenticationOptions',
    method: 'post',
    path: '/api/authentication/options',
    summary: 'Request options for a sign-in or a step-up',
    who: 'visitor',
    restricted: true,
    limit: 'options-by-address',
    body: authenticationOptionsBody,
    answer: { 200: requestOptions },
    codes: ['unauthenticated', 'recovery_required'],
    handle: async (deps, { caller, body }) => {
      if (body.username !== undefined) {
        const name = normalizeUsername(body.username) ?? body.username;
        await deps.rateLimiter.take('options-by-name', usernameKey(name));
      }
      const { caller: visitor, cookies } = ensureBrowser(deps, caller);
      const options = await authenticationOptions(deps, visitor, body);
      return ok(options as z.output<typeof requestOptions>, { cookies });
    },
  }),
  endpoint({
    id: 'verifyAuthentication',
    method: 'post',
    path: '/api/authentication/verify',
    summary: 'Completes a sign-in or a step-up with a new session',
    who: 'visitor',
    restricted: true,
    limit: 'verify-by-address',
    ceremony: 'authentication',
    body: authenticationResponse,
    answer: { 200: authenticated },
    codes: [
      'challenge_invalid',
      'origin_mismatch',
      'verification_failed',
      'user_verification_required',
      'credential_unknown',
      // What only the operator can mend.
      'authenticator_not_allowed',
      'account_disabled',
    ],
    handle: async (deps, { caller, body }) => {
      const { user, credential, held, mediation, sessionToken, ...shown } =
        await completeAuthentication(deps, caller, body as AuthenticationResponseJSON);
      const { userVerified, upgrade, suggestion } = shown;
      const answer = {
        user: userView(user),
        credential: credentialView(deps.config, credential, { user, openedBy: credential.id }),
        ...{ userVerified, upgrade, suggestion },
        signals: signalsFor(deps.config, user, held),
      };
      return ok(answer, {
        ceremony: ceremonyLabels(credential, mediation),
        cookies: [keepSession(deps.config, sessionToken)],
      });
    },
  }),
];
