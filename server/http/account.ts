import { Router } from 'express';
import { deleteAccount, updateAccount } from '../accounts/account.ts';
import { listActivity } from '../accounts/activity.ts';
import {
  deletePasskey,
  listPasskeys,
  postponeUpgrade,
  renamePasskey,
} from '../accounts/credentials.ts';
import { requireOwner } from '../accounts/owner.ts';
import { endSession, listSessions } from '../accounts/sessions.ts';
import type { Deps } from '../deps.ts';
import { parseBody } from './body.ts';
import { clearSessionCookie, identifyCaller } from './cookies.ts';
import { accountChange, credentialChange } from './schemas.ts';
import {
  activityView,
  credentialListView,
  credentialView,
  currentSessionView,
  sessionListView,
  userView,
} from './views.ts';

export function accountRouter(deps: Deps): Router {
  const router = Router({ caseSensitive: true });
  const owner = async (request: Parameters<typeof identifyCaller>[1]) =>
    requireOwner(await identifyCaller(deps, request));

  router.get('/api/session', async (request, response) => {
    response.json(currentSessionView(await owner(request)));
  });

  router.delete('/api/session', async (request, response) => {
    const caller = await owner(request);
    await endSession(deps, caller, caller.session.id);
    clearSessionCookie(deps, response);
    response.status(204).end();
  });

  router.patch('/api/account', async (request, response) => {
    const change = parseBody(accountChange, request);
    const { user, signals } = await updateAccount(deps, await owner(request), change);
    response.json({ user: userView(user), signals });
  });

  router.delete('/api/account', async (request, response) => {
    const signals = await deleteAccount(deps, await owner(request));
    clearSessionCookie(deps, response);
    response.json({ signals });
  });

  router.get('/api/sessions', async (request, response) => {
    const caller = await owner(request);
    response.json(sessionListView(await listSessions(deps, caller), caller.session));
  });

  router.delete('/api/sessions/:id', async (request, response) => {
    const caller = await owner(request);
    await endSession(deps, caller, request.params.id);
    if (request.params.id === caller.session.id) clearSessionCookie(deps, response);
    response.status(204).end();
  });

  router.get('/api/credentials', async (request, response) => {
    const caller = await owner(request);
    response.json(credentialListView(deps.config, caller, await listPasskeys(deps, caller)));
  });

  router.patch('/api/credentials/:id', async (request, response) => {
    const { name } = parseBody(credentialChange, request);
    const caller = await owner(request);
    const renamed = await renamePasskey(deps, caller, request.params.id, name);
    const { user, session } = caller;
    response.json(credentialView(deps.config, renamed, { user, openedBy: session.credentialId }));
  });

  router.delete('/api/credentials/:id', async (request, response) => {
    const signals = await deletePasskey(deps, await owner(request), request.params.id);
    response.json({ signals });
  });

  router.post('/api/credentials/:id/postpone-upgrade', async (request, response) => {
    await postponeUpgrade(deps, await owner(request), request.params.id);
    response.status(204).end();
  });

  router.get('/api/activity', async (request, response) => {
    response.json(activityView(await listActivity(deps, await owner(request))));
  });

  return router;
}
