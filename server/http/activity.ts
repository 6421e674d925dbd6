import { listActivity } from '../accounts/activity.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import { activityList } from './schemas/account.ts';
import { activityView } from './views.ts';

export const activity = [
  endpoint({
    id: 'listActivity',
    method: 'get',
    path: '/api/activity',
    summary: 'What happened to the account, latest first',
    who: 'owner',
    answer: { 200: activityList },
    codes: [],
    handle: async (deps, { caller }) => ok(activityView(await listActivity(deps, caller))),
  }),
];
