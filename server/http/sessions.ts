import { endOtherSessions, endSession, listSessions } from '../accounts/sessions.ts';
import { forgetSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { noContent, ok } from './reply.ts';
import { sessionList, sessionsEnded } from './schemas/account.ts';
import { sessionListView } from './views.ts';

export const sessions = [
  endpoint({
    id: 'listSessions',
    method: 'get',
    path: '/api/sessions',
    summary: 'The sessions of the account, latest first',
    who: 'owner',
    answer: { 200: sessionList },
    codes: [],
    handle: async (deps, { caller }) =>
      ok(sessionListView(await listSessions(deps, caller), caller.session)),
  }),
  endpoint({
    id: 'endOtherSessions',
    method: 'delete',
    path: '/api/sessions',
    summary: 'Signs out everywhere else: ends every session of the account but the one that asks',
    who: 'owner',
    limit: 'change-by-address',
    answer: { 200: sessionsEnded },
    codes: [],
    handle: async (deps, { caller }) => ok({ ended: await endOtherSessions(deps, caller) }),
  }),
  endpoint({
    id: 'endSession',
    method: 'delete',
    path: '/api/sessions/{id}',
    summary: 'Ends a session',
    who: 'owner',
    limit: 'change-by-address',
    answer: { 204: null },
    codes: ['not_found'],
    handle: async (deps, { caller, params: { id } }) => {
      await endSession(deps, caller, id);
      return noContent({ cookies: id === caller.session.id ? [forgetSession(deps.config)] : [] });
    },
  }),
];
