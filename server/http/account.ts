import { Router } from 'express';
import { deleteAccount, updateAccount } from '../accounts/account.ts';
import { deletePasskey, listPasskeys, renamePasskey } from '../accounts/credentials.ts';
import { requireOwner } from '../accounts/owner.ts';
import { endSession, listSessions } from '../accounts/sessions.ts';
import type { Deps } from '../deps.ts';
import { parseBody } from './body.ts';
import { clearSessionCookie, identifyCaller } from './cookies.ts';
import { accountChange, credentialChange } from './schemas.ts';
import {
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
    const list = await listPasskeys(deps, await owner(request));
    response.json(credentialListView(deps.config, list));
  });

  router.patch('/api/credentials/:id', async (request, response) => {
    const { name } = parseBody(credentialChange, request);
    const renamed = await renamePasskey(deps, await owner(request), request.params.id, name);
    response.json(credentialView(deps.config, renamed));
  });

  router.delete('/api/credentials/:id', async (request, response) => {
    const signals = await deletePasskey(deps, await owner(request), request.params.id);
    response.json({ signals });
  });

  return router;
}
