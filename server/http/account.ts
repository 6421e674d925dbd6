import { deleteAccount, updateAccount } from '../accounts/account.ts';
import { forgetSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import { accountChange, accountChanged, accountDeleted } from './schemas/account.ts';
import { appleEndView, userView } from './views.ts';

export const account = [
  endpoint({
    id: 'updateAccount',
    method: 'patch',
    path: '/api/account',
    summary: 'Changes the user name or the display name',
    who: 'owner',
    limit: 'change-by-address',
    body: accountChange,
    answer: { 200: accountChanged },
    codes: ['username_taken', 'step_up_required'],
    handle: async (deps, { caller, body, addressOf }) => {
      // It tells whether a user name is taken, as sign-up does: both count together.
      if (body.username !== undefined)
        await deps.rateLimiter.take('sign-up-by-address', addressOf());
      const { user, signals } = await updateAccount(deps, caller, body);
      return ok({ user: userView(user), signals });
    },
  }),
  endpoint({
    id: 'deleteAccount',
    method: 'delete',
    path: '/api/account',
    summary: 'Deletes the account and everything of it',
    who: 'owner',
    limit: 'change-by-address',
    answer: { 200: accountDeleted },
    codes: ['step_up_required'],
    handle: async (deps, { caller }) => {
      const { signals, apple } = await deleteAccount(deps, caller);
      const told = { signals, ...(apple.links > 0 && { apple: appleEndView(apple) }) };
      return ok(told, { cookies: [forgetSession(deps.config)] });
    },
  }),
];
