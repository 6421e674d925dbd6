/** Sign in with Apple: the link of an account, sign-in of apps, and what Apple tells of people. */
import { findApple, unlinkApple } from '../apple/accounts.ts';
import type { Apple } from '../apple/apple.ts';
import { AppleFailure, refusalOf } from '../apple/failure.ts';
import { signInNatively } from '../apple/native.ts';
import { takeNotification } from '../apple/notifications.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { hashLinkToken } from '../records/link-token.ts';
import { keepSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import { appleEnd } from './schemas/account.ts';
import {
  appleNative,
  appleNotification,
  appleNotificationKept,
  appleSignedIn,
  appleState,
} from './schemas/apple-account.ts';
import { appleEndView, appleStateView, userView } from './views.ts';

const isOn = ({ apple }: Config): boolean => apple !== null;
const hasApps = ({ apple }: Config): boolean => (apple?.bundleIds.length ?? 0) > 0;

/** Does it with Apple; what fails there is told by a code. */
async function withApple<Result>(
  { apple }: Pick<Deps, 'apple'>,
  work: (apple: Apple) => Promise<Result>,
): Promise<Result> {
  if (apple === null) throw new RpError('not_found');
  try {
    return await work(apple);
  } catch (error) {
    throw error instanceof AppleFailure ? refusalOf(error) : error;
  }
}

export const appleAccount = [
  endpoint({
    id: 'getApple',
    method: 'get',
    path: '/api/apple',
    summary: 'The link of the account with an Apple Account, its address and state',
    who: 'owner',
    when: isOn,
    answer: { 200: appleState },
    codes: [],
    handle: async (deps, { caller }) => ok(appleStateView(await findApple(deps, caller))),
  }),
  endpoint({
    id: 'unlinkApple',
    method: 'delete',
    path: '/api/apple',
    summary: 'Ends the link with the Apple Account, and has it revoked there',
    who: 'owner',
    when: isOn,
    limit: 'change-by-address',
    answer: { 200: appleEnd },
    codes: ['step_up_required', 'not_found', 'last_credential'],
    handle: async (deps, { caller }) => ok(appleEndView(await unlinkApple(deps, caller))),
  }),
  endpoint({
    id: 'signInWithAppleNatively',
    method: 'post',
    path: '/api/apple/native',
    summary: 'Signs in with what an app got from ASAuthorizationAppleIDProvider',
    who: 'visitor',
    when: hasApps,
    limit: 'verify-by-address',
    body: appleNative,
    answer: { 200: appleSignedIn },
    codes: [
      'challenge_invalid',
      'account_disabled',
      'apple_not_allowed',
      'sign_up_closed',
      'invitation_invalid',
      'invitation_revoked',
      'username_taken',
      'apple_unavailable',
      'apple_misconfigured',
    ],
    handle: async (deps, { caller, body: { user, invitation, ...given } }) => {
      const { firstName: givenName = null, lastName: familyName = null } = user?.name ?? {};
      const brought = {
        ...{ ...given, name: { givenName, familyName } },
        invitation: invitation === undefined ? null : hashLinkToken(invitation),
      };
      const signedIn = await withApple(deps, (apple) =>
        signInNatively(deps, apple, caller, brought),
      );
      const { token, created } = signedIn;
      const cookies = [keepSession(deps.config, token)];
      return ok({ user: userView(signedIn.user), created }, { cookies });
    },
  }),
  endpoint({
    id: 'appleNotifies',
    method: 'post',
    path: '/api/apple/notifications',
    summary: 'Takes what Apple tells of people, server to server',
    who: 'anyone',
    when: isOn,
    limit: 'notifications-by-address',
    body: appleNotification,
    answer: { 200: appleNotificationKept },
    codes: ['challenge_invalid', 'apple_unavailable', 'apple_misconfigured', 'unavailable'],
    handle: async (deps, { body: { payload } }) => {
      await withApple(deps, (apple) => takeNotification(deps, apple.verifyNotification, payload));
      return ok({ kept: true });
    },
  }),
];
