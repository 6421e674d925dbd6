/** What a person is asked on the way to an app: the calls of the pages that ask. */
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { Caller } from '../records/caller.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import { interaction, redirection } from './schemas/interactions.ts';

const ofApps = ({ oidc }: { readonly oidc: { readonly isOn: boolean } }) => oidc.isOn;

/** @throws {RpError} `not_found` if there are no apps */
function providerOf({ oidc }: Deps): NonNullable<Deps['oidc']> {
  if (oidc === null) throw new RpError('not_found', { detail: 'no client is configured' });
  return oidc;
}

/** Pages are for the provider's own answers, of which there are none here. */
function visitor(caller: Caller) {
  const none = () => '';
  return {
    caller,
    pages: { problem: none, signOut: none, signedOut: none },
    signedOut: () => {},
  };
}

export const interactions = [
  endpoint({
    id: 'getInteraction',
    method: 'get',
    path: '/api/interactions/{uid}',
    summary: 'The app that a person is on the way to, and what it asks',
    who: 'visitor',
    when: ofApps,
    answer: { 200: interaction },
    codes: ['not_found'],
    handle: async (deps, { caller, params }) =>
      ok(await providerOf(deps).describe(visitor(caller), params.uid)),
  }),
  endpoint({
    id: 'finishInteraction',
    method: 'post',
    path: '/api/interactions/{uid}/finish',
    summary:
      'Goes on to the app: with the session that there is, or with the consent that was asked for',
    who: 'visitor',
    when: ofApps,
    limit: 'authorize-by-address',
    answer: { 200: redirection },
    codes: ['not_found', 'unauthenticated', 'step_up_required'],
    handle: async (deps, { caller, params }) =>
      ok({ redirectTo: await providerOf(deps).finish(visitor(caller), params.uid) }),
  }),
  endpoint({
    id: 'abortInteraction',
    method: 'post',
    path: '/api/interactions/{uid}/abort',
    summary: 'Goes back to the app, which hears `access_denied`',
    who: 'visitor',
    when: ofApps,
    limit: 'authorize-by-address',
    answer: { 200: redirection },
    codes: ['not_found'],
    handle: async (deps, { caller, params }) =>
      ok({ redirectTo: await providerOf(deps).abort(visitor(caller), params.uid) }),
  }),
];
