import { listActivity } from '../accounts/activity.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import { activityList, activityQuery } from './schemas/account.ts';
import { activityView } from './views.ts';

export const activity = [
  endpoint({
    id: 'listActivity',
    method: 'get',
    path: '/api/activity',
    summary: 'What happened to the account, latest first',
    description:
      'With `only=security` it leaves out what happens every day or can be repeated at will (sign-ins, changed ' +
      'names): nothing pushes a new passkey off its first page.',
    who: 'owner',
    query: activityQuery,
    answer: { 200: activityList },
    codes: [],
    handle: async (deps, { caller, query }) =>
      ok(activityView(await listActivity(deps, caller, query))),
  }),
];
