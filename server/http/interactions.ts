/** What a person is asked on the way to an app: the calls of the pages that ask. */
import { hasApps, providerOf, visitor } from './app-visits.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import { interaction, redirection } from './schemas/interactions.ts';

export const interactions = [
  endpoint({
    id: 'getInteraction',
    method: 'get',
    path: '/api/interactions/{uid}',
    summary: 'The app that a person is on the way to, and what it asks',
    who: 'visitor',
    when: hasApps,
    answer: { 200: interaction },
    codes: ['not_found'],
    handle: async (deps, { caller, params }) => {
      const { elsewhere: _ofThePage, ...view } = await providerOf(deps).describe(
        visitor(caller),
        params.uid,
      );
      return ok(view);
    },
  }),
  endpoint({
    id: 'finishInteraction',
    method: 'post',
    path: '/api/interactions/{uid}/finish',
    summary:
      'Goes on to the app: with the session that there is, or with the consent that was asked for',
    who: 'visitor',
    when: hasApps,
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
    when: hasApps,
    limit: 'authorize-by-address',
    answer: { 200: redirection },
    codes: ['not_found'],
    handle: async (deps, { caller, params }) =>
      ok({ redirectTo: await providerOf(deps).abort(visitor(caller), params.uid) }),
  }),
];
