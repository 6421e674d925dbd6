import { endSession } from '../accounts/sessions.ts';
import { forgetSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { noContent, ok } from './reply.ts';
import { currentSession } from './schemas/account.ts';
import { currentSessionView } from './views.ts';

export const session = [
  endpoint({
    id: 'getSession',
    method: 'get',
    path: '/api/session',
    summary: 'Who is signed in, and since when',
    who: 'owner',
    restricted: true,
    answer: { 200: currentSession },
    codes: [],
    handle: (_deps, { caller }) => ok(currentSessionView(caller)),
  }),
  endpoint({
    id: 'signOut',
    method: 'delete',
    path: '/api/session',
    summary: 'Signs out',
    who: 'owner',
    restricted: true,
    limit: 'change-by-address',
    answer: { 204: null },
    codes: [],
    handle: async (deps, { caller }) => {
      await endSession(deps, caller, caller.session.id);
      return noContent({ cookies: [forgetSession(deps.config)] });
    },
  }),
];
