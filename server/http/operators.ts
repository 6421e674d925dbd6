/** The operators' API, for other back ends: the acts of the command line, under a key. */
import {
  disableAccount,
  enableAccount,
  listAccounts,
  showAccount,
} from '../administration/accounts.ts';
import type { Administration } from '../administration/administration.ts';
import { offerEnrolment, openAccount } from '../administration/enrolment.ts';
import { accountFacts } from '../administration/facts.ts';
import { readFeed } from '../administration/feed.ts';
import { findAccount } from '../administration/find-account.ts';
import { inviteAccount, listInvitations, revokeInvitation } from '../administration/invitation.ts';
import { RefusedAct } from '../administration/refusal.ts';
import { endSessions } from '../administration/sessions.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { usernameForm } from '../policy/username.ts';
import { actorOf, type OperatorKey } from '../records/operator-key.ts';
import { endpoint } from './endpoint.ts';
import { created, ok } from './reply.ts';
import * as schemas from './schemas/operator.ts';

/** What an act changes, it changes only as long as the key is good. */
async function under<Result>(
  { config, now, random, store }: Deps,
  key: OperatorKey,
  act: (deps: Administration) => Promise<Result>,
): Promise<Result> {
  const operator = actorOf(key);
  try {
    return await store.underOperatorKey({ id: key.id, now: now() }, (guarded) =>
      act({ config, now, random, operator, by: 'key', store: guarded }),
    );
  } catch (error) {
    throw error instanceof RefusedAct ? refusalOf(error) : error;
  }
}

function refusalOf({ refusal }: RefusedAct): unknown {
  switch (refusal.code) {
    case 'account_unknown':
    case 'invitation_unknown':
      return new RpError('not_found');
    case 'name_taken':
      return new RpError('username_taken');
    case 'name_unusable':
      return new RpError('invalid_request', { publicDetail: `username: ${usernameForm}` });
    default:
      return new TypeError(`no act of the API is refused with ${refusal.code}`);
  }
}

const byId = (text: string) => ({ text, by: 'id' }) as const;
const byName = (text: string) => ({ text, by: 'name' }) as const;

/** What every row has. */
const row = { who: 'operator', limit: 'operator-by-address' } as const;

export const operators = [
  endpoint({
    ...row,
    id: 'operatorListAccounts',
    method: 'get',
    path: '/api/operator/accounts',
    summary: 'Accounts in the order of their user names, a page at a time',
    scope: 'accounts:read',
    query: schemas.accountsQuery,
    answer: { 200: schemas.accountPage },
    codes: [],
    handle: (deps, { caller, query: { username, search, after, limit = 100 } }) =>
      under(deps, caller, async (acting) => {
        if (username === undefined) return ok(await listAccounts(acting, { search, after, limit }));
        const account = await showNamed(acting, username);
        return ok({ accounts: account, next: null });
      }),
  }),
  endpoint({
    ...row,
    id: 'operatorShowAccount',
    method: 'get',
    path: '/api/operator/accounts/{id}',
    summary: 'One account with its passkeys and sessions',
    scope: 'accounts:read',
    answer: { 200: schemas.wholeAccount },
    codes: ['not_found'],
    handle: (deps, { caller, params }) =>
      under(deps, caller, async (acting) =>
        ok(await showAccount(acting, await findAccount(acting, byId(params.id)))),
      ),
  }),
  endpoint({
    ...row,
    id: 'operatorDisableAccount',
    method: 'post',
    path: '/api/operator/accounts/{id}/disable',
    summary: 'Signs the account out and lets nobody sign in to it',
    scope: 'accounts:disable',
    answer: { 200: schemas.disabled },
    codes: ['not_found'],
    handle: (deps, { caller, params }) =>
      under(deps, caller, async (acting) =>
        ok(await disableAccount(acting, await findAccount(acting, byId(params.id)))),
      ),
  }),
  endpoint({
    ...row,
    id: 'operatorEnableAccount',
    method: 'post',
    path: '/api/operator/accounts/{id}/enable',
    summary: 'Lets the owner of a disabled account sign in again',
    scope: 'accounts:disable',
    answer: { 200: schemas.enabled },
    codes: ['not_found'],
    handle: (deps, { caller, params }) =>
      under(deps, caller, async (acting) =>
        ok(await enableAccount(acting, await findAccount(acting, byId(params.id)))),
      ),
  }),
  endpoint({
    ...row,
    id: 'operatorEndSessions',
    method: 'delete',
    path: '/api/operator/accounts/{id}/sessions',
    summary: 'Signs the account out everywhere',
    scope: 'sessions:end',
    answer: { 200: schemas.ended },
    codes: ['not_found'],
    handle: (deps, { caller, params }) =>
      under(deps, caller, async (acting) =>
        ok(await endSessions(acting, await findAccount(acting, byId(params.id)))),
      ),
  }),
  endpoint({
    ...row,
    id: 'operatorEnrol',
    method: 'post',
    path: '/api/operator/enrolments',
    summary: 'A link that lets its holder add a passkey to an account, once',
    scope: 'enrolments:create',
    body: schemas.enrolmentRequest,
    answer: { 201: schemas.enrolment },
    codes: ['not_found', 'username_taken'],
    handle: (deps, { caller, body: { account, username = '', create, minutes } }) =>
      under(deps, caller, async (acting) => {
        const meant = account === undefined ? byName(username) : byId(account);
        const user = create
          ? await openAccount(acting, username)
          : await findAccount(acting, meant);
        return created(await offerEnrolment(acting, { user, created: create, minutes }));
      }),
  }),
  endpoint({
    ...row,
    id: 'operatorInvite',
    method: 'post',
    path: '/api/operator/invitations',
    summary: 'A link that lets its holder open an account, once',
    scope: 'invitations:create',
    body: schemas.invitationRequest,
    answer: { 201: schemas.invitationMade },
    codes: ['username_taken'],
    handle: (deps, { caller, body: { username, minutes } }) =>
      under(deps, caller, async (acting) =>
        created(await inviteAccount(acting, { name: username, minutes })),
      ),
  }),
  endpoint({
    ...row,
    id: 'operatorListInvitations',
    method: 'get',
    path: '/api/operator/invitations',
    summary: 'Invitations that nobody has used yet, the first to expire first, a page at a time',
    scope: 'invitations:revoke',
    query: schemas.invitationsQuery,
    answer: { 200: schemas.invitationPage },
    codes: [],
    handle: (deps, { caller, query: { after, limit = 100 } }) =>
      under(deps, caller, async (acting) => ok(await listInvitations(acting, { after, limit }))),
  }),
  endpoint({
    ...row,
    id: 'operatorRevokeInvitation',
    method: 'delete',
    path: '/api/operator/invitations/{id}',
    summary: 'Makes the link of an invitation open no account any more',
    scope: 'invitations:revoke',
    answer: { 200: schemas.invitationRevoked },
    codes: ['not_found'],
    handle: (deps, { caller, params }) =>
      under(deps, caller, async (acting) => ok(await revokeInvitation(acting, params.id))),
  }),
  endpoint({
    ...row,
    id: 'operatorReadAudit',
    method: 'get',
    path: '/api/operator/audit',
    summary: 'What happened to accounts and what operators did, after a position',
    scope: 'audit:read',
    query: schemas.feedQuery,
    answer: { 200: schemas.feed },
    codes: [],
    handle: (deps, { caller, query: { after = '0', limit = 100 } }) =>
      under(deps, caller, async (acting) =>
        ok(await readFeed(acting, { after: Number(after), limit })),
      ),
  }),
];

/** An exact name has one account or none. */
async function showNamed(deps: Administration, username: string) {
  try {
    const user = await findAccount(deps, byName(username));
    return [accountFacts(user)];
  } catch (error) {
    if (error instanceof RefusedAct && error.refusal.code === 'account_unknown') return [];
    throw error;
  }
}
