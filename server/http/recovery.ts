import { redeemCode, removeCode, setCode } from '../recovery/code.ts';
import { redeemEnrolment } from '../recovery/enrolment.ts';
import { findInvitation } from '../recovery/invitation.ts';
import { recoveryState as stateOf } from '../recovery/state.ts';
import { keepSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { noContent, ok } from './reply.ts';
import { currentSession } from './schemas/account.ts';
import {
  enrolmentBody,
  invitation,
  invitationBody,
  recoveryCodeBody,
  recoveryCodeRedemption,
  recoveryState,
} from './schemas/recovery.ts';
import { currentSessionView, recoveryView } from './views.ts';

export const recovery = [
  endpoint({
    id: 'getRecovery',
    method: 'get',
    path: '/api/recovery',
    summary: 'Which ways back into the account there are',
    who: 'owner',
    answer: { 200: recoveryState },
    codes: [],
    handle: async (deps, { caller }) => ok(recoveryView(await stateOf(deps, caller))),
  }),
  endpoint({
    id: 'setRecoveryCode',
    method: 'put',
    path: '/api/recovery/code',
    summary: 'Keeps a new recovery code in the place of the one before',
    who: 'owner',
    limit: 'change-by-address',
    body: recoveryCodeBody,
    answer: { 204: null },
    codes: ['step_up_required'],
    handle: async (deps, { caller, body }) => {
      await setCode(deps, caller, body.verifier);
      return noContent();
    },
  }),
  endpoint({
    id: 'removeRecoveryCode',
    method: 'delete',
    path: '/api/recovery/code',
    summary: 'Forgets the recovery code',
    who: 'owner',
    limit: 'change-by-address',
    answer: { 204: null },
    codes: ['step_up_required', 'not_found'],
    handle: async (deps, { caller }) => {
      await removeCode(deps, caller);
      return noContent();
    },
  }),
  endpoint({
    id: 'redeemRecoveryCode',
    method: 'post',
    path: '/api/recovery/code/verify',
    summary: 'Uses the recovery code up: a session that can only add a passkey',
    who: 'visitor',
    restricted: true,
    limit: 'recovery-by-address',
    body: recoveryCodeRedemption,
    answer: { 200: currentSession },
    codes: ['verification_failed', 'account_disabled'],
    handle: async (deps, { caller, body }) => {
      const opened = await redeemCode(deps, caller, body);
      return ok(currentSessionView(opened), { cookies: [keepSession(deps.config, opened.token)] });
    },
  }),
  endpoint({
    id: 'redeemEnrolment',
    method: 'post',
    path: '/api/enrolment',
    summary: 'Uses the link of an operator up: a session that can only add a passkey',
    who: 'visitor',
    restricted: true,
    limit: 'recovery-by-address',
    body: enrolmentBody,
    answer: { 200: currentSession },
    codes: ['challenge_invalid', 'account_disabled'],
    handle: async (deps, { caller, body }) => {
      const opened = await redeemEnrolment(deps, caller, body.token);
      return ok(currentSessionView(opened), { cookies: [keepSession(deps.config, opened.token)] });
    },
  }),
  endpoint({
    id: 'readInvitation',
    method: 'post',
    path: '/api/invitation',
    summary: 'What an invitation is for; uses nothing up',
    who: 'anyone',
    limit: 'recovery-by-address',
    body: invitationBody,
    answer: { 200: invitation },
    codes: ['invitation_invalid', 'invitation_revoked'],
    handle: async (deps, { body }) => {
      const { username, expiresAt } = await findInvitation(deps, body.token);
      return ok({ username, expiresAt: new Date(expiresAt).toISOString() });
    },
  }),
];
