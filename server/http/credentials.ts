import {
  deletePasskey,
  listPasskeys,
  postponeUpgrade,
  renamePasskey,
} from '../accounts/credentials.ts';
import { endpoint } from './endpoint.ts';
import { noContent, ok } from './reply.ts';
import { credential, credentialChange, credentialList, signalsOnly } from './schemas/account.ts';
import { credentialListView, credentialView } from './views.ts';

export const credentials = [
  endpoint({
    id: 'listCredentials',
    method: 'get',
    path: '/api/credentials',
    summary: 'The passkeys of the account, oldest first',
    who: 'owner',
    answer: { 200: credentialList },
    codes: [],
    handle: async (deps, { caller }) =>
      ok(credentialListView(deps.config, caller, await listPasskeys(deps, caller))),
  }),
  endpoint({
    id: 'renameCredential',
    method: 'patch',
    path: '/api/credentials/{id}',
    summary: 'Renames a passkey',
    who: 'owner',
    limit: 'change-by-address',
    body: credentialChange,
    answer: { 200: credential },
    codes: ['not_found'],
    handle: async (deps, { caller, params: { id }, body: { name } }) => {
      const renamed = await renamePasskey(deps, caller, id, name);
      const { user, session } = caller;
      return ok(credentialView(deps.config, renamed, { user, openedBy: session.credentialId }));
    },
  }),
  endpoint({
    id: 'deleteCredential',
    method: 'delete',
    path: '/api/credentials/{id}',
    summary: 'Deletes a passkey and ends the sessions it opened elsewhere',
    who: 'owner',
    limit: 'change-by-address',
    answer: { 200: signalsOnly },
    codes: ['step_up_required', 'not_found', 'last_credential', 'last_envelope'],
    handle: async (deps, { caller, params: { id } }) =>
      ok({ signals: await deletePasskey(deps, caller, id) }),
  }),
  endpoint({
    id: 'postponeUpgrade',
    method: 'post',
    path: '/api/credentials/{id}/postpone-upgrade',
    summary: '"Not now" to the offer of a better passkey',
    who: 'owner',
    limit: 'change-by-address',
    answer: { 204: null },
    codes: ['not_found'],
    handle: async (deps, { caller, params: { id } }) => {
      await postponeUpgrade(deps, caller, id);
      return noContent();
    },
  }),
];
