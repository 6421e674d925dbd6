import type { Config } from '../config.ts';
import { offerAddress, removeAddress, verifyAddress } from '../recovery/address.ts';
import {
  beginRecovery,
  browserIsKnownForMs,
  followLink,
  stopRecovery,
  vetoRecovery,
} from '../recovery/by-mail.ts';
import { ensureBrowser } from './caller.ts';
import { cookieName, keepSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { accepted, noContent, ok } from './reply.ts';
import { currentSession } from './schemas/account.ts';
import {
  addressBody,
  addressCodeBody,
  recoveryBeginning,
  recoveryLink,
  recoveryVeto,
  recoveryWait,
} from './schemas/recovery.ts';
import { currentSessionView } from './views.ts';

const when = ({ mail }: Config) => mail !== undefined;

/** Elsewhere it is kept as long as the browser runs. A recovery that waits for days goes on in the same one. */
const keepBrowser = (config: Config, value: string) => ({
  ...{ name: cookieName(config, 'browser'), value },
  maxAgeSeconds: Math.ceil(browserIsKnownForMs(config) / 1000),
});

/** What goes by mail; there is none of it without a mail server. */
export const recoveryByMail = [
  endpoint({
    id: 'offerRecoveryAddress',
    method: 'put',
    path: '/api/recovery/email',
    summary: 'Sends a code to a mail address, which counts once the code was typed',
    who: 'owner',
    limit: 'mail-by-address',
    when,
    body: addressBody,
    answer: { 202: null },
    codes: ['step_up_required'],
    handle: async (deps, { caller, body }) => {
      const { caller: owner, cookies } = ensureBrowser(deps, caller);
      await offerAddress(deps, { ...caller, browser: owner.browser }, body.email);
      return accepted(null, { cookies });
    },
  }),
  endpoint({
    id: 'verifyRecoveryAddress',
    method: 'post',
    path: '/api/recovery/email/verify',
    summary: 'The code that came: the address is verified',
    who: 'owner',
    limit: 'change-by-address',
    when,
    body: addressCodeBody,
    answer: { 204: null },
    codes: ['verification_failed'],
    handle: async (deps, { caller, body }) => {
      await verifyAddress(deps, caller, body.code);
      return noContent();
    },
  }),
  endpoint({
    id: 'removeRecoveryAddress',
    method: 'delete',
    path: '/api/recovery/email',
    summary: 'Forgets the mail address',
    who: 'owner',
    limit: 'change-by-address',
    when,
    answer: { 204: null },
    codes: ['step_up_required', 'not_found'],
    handle: async (deps, { caller }) => {
      await removeAddress(deps, caller);
      return noContent();
    },
  }),
  endpoint({
    id: 'beginRecovery',
    method: 'post',
    path: '/api/recovery/begin',
    summary: 'Perhaps sends a link to the verified address of an account: nobody is told whether',
    who: 'visitor',
    restricted: true,
    limit: 'mail-by-address',
    when,
    body: recoveryBeginning,
    answer: { 202: null },
    codes: [],
    handle: async (deps, { caller, body }) => {
      const { caller: visitor } = ensureBrowser(deps, caller);
      await beginRecovery(deps, visitor, body);
      return accepted(null, { cookies: [keepBrowser(deps.config, visitor.browser)] });
    },
  }),
  endpoint({
    id: 'followRecoveryLink',
    method: 'post',
    path: '/api/recovery/link',
    summary:
      'A link that was mailed: opens a session that can only add a passkey, or begins a wait',
    description:
      'Only in a browser that asked for a link. With the verifier of the recovery code it answers 200 at once. Without, it answers 202 until the wait is over.',
    who: 'visitor',
    restricted: true,
    limit: 'recovery-by-address',
    when,
    body: recoveryLink,
    answer: { 200: currentSession, 202: recoveryWait },
    codes: ['challenge_invalid', 'verification_failed', 'account_disabled'],
    handle: async (deps, { caller, body }) => {
      const outcome = await followLink(deps, caller, body);
      if ('opensAt' in outcome) {
        return accepted({ opensAt: new Date(outcome.opensAt).toISOString() });
      }
      const cookies = [keepSession(deps.config, outcome.token)];
      return ok(currentSessionView(outcome), { cookies });
    },
  }),
  endpoint({
    id: 'stopRecovery',
    method: 'delete',
    path: '/api/recovery/pending',
    summary: 'Ends the recovery by mail that waits',
    who: 'owner',
    limit: 'change-by-address',
    when,
    answer: { 204: null },
    codes: ['not_found'],
    handle: async (deps, { caller }) => {
      await stopRecovery(deps, caller);
      return noContent();
    },
  }),
  endpoint({
    id: 'vetoRecovery',
    method: 'post',
    path: '/api/recovery/veto',
    summary: 'Ends it by the link in the notice',
    who: 'visitor',
    restricted: true,
    limit: 'recovery-by-address',
    when,
    body: recoveryVeto,
    answer: { 204: null },
    codes: ['challenge_invalid'],
    handle: async (deps, { caller, body }) => {
      await vetoRecovery(deps, caller, body.token);
      return noContent();
    },
  }),
];
