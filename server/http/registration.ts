import type { z } from 'zod';
import { signalsAfter } from '../accounts/credentials.ts';
import { completeRegistration } from '../ceremonies/registration.ts';
import { isSignUp, registrationOptions } from '../ceremonies/registration-options.ts';
import type { RegistrationResponseJSON } from '../webauthn/library.ts';
import { ensureBrowser } from './caller.ts';
import { keepSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { created, ok } from './reply.ts';
import {
  creationOptions,
  registered,
  registrationOptionsBody,
  registrationResponse,
} from './schemas/ceremonies.ts';
import { ceremonyLabels, credentialView, userView } from './views.ts';

export const registration = [
  endpoint({
    id: 'registrationOptions',
    method: 'post',
    path: '/api/registration/options',
    summary: 'Creation options: opens an account, or adds a passkey to the one signed in',
    who: 'visitor',
    restricted: true,
    limit: 'options-by-address',
    body: registrationOptionsBody,
    answer: { 200: creationOptions },
    codes: [
      'sign_up_closed',
      'invitation_invalid',
      'invitation_revoked',
      'username_taken',
      'unauthenticated',
      'step_up_required',
      'credential_limit',
    ],
    handle: async (deps, { caller, body, addressOf }) => {
      // It tells whether a user name is taken, so it is not for going through a list of them.
      if (isSignUp(body)) await deps.rateLimiter.take('sign-up-by-address', addressOf());
      const { caller: visitor, cookies } = ensureBrowser(deps, caller);
      const options = await registrationOptions(deps, visitor, body);
      return ok(options as z.output<typeof creationOptions>, { cookies });
    },
  }),
  endpoint({
    id: 'verifyRegistration',
    method: 'post',
    path: '/api/registration/verify',
    summary: 'Completes a registration; signed in from here on',
    who: 'visitor',
    restricted: true,
    limit: 'verify-by-address',
    ceremony: 'registration',
    body: registrationResponse,
    answer: { 201: registered },
    codes: [
      'challenge_invalid',
      'origin_mismatch',
      'verification_failed',
      'user_verification_required',
      'authenticator_not_allowed',
      'unauthenticated',
      'sign_up_closed',
      'invitation_invalid',
      'invitation_revoked',
      'username_taken',
      'credential_exists',
      'credential_limit',
    ],
    handle: async (deps, { caller, body }) => {
      const { user, credential, superseded, sessionToken, mediation } = await completeRegistration(
        deps,
        caller,
        body as RegistrationResponseJSON,
      );
      const openedBy =
        sessionToken === null ? (caller.session?.credentialId ?? null) : credential.id;
      const answer = {
        user: userView(user),
        credential: credentialView(deps.config, credential, { user, openedBy }),
        superseded,
        signals: await signalsAfter(deps, user),
      };
      return created(answer, {
        ceremony: ceremonyLabels(credential, mediation),
        cookies: sessionToken === null ? [] : [keepSession(deps.config, sessionToken)],
      });
    },
  }),
];
