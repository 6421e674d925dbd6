/** Who may open an account, and under which name: judged for the options, and again when the passkey comes. */
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { maySignUp } from '../policy/sign-up.ts';
import { normalizeUsername, usernameForm, usernameKey } from '../policy/username.ts';
import type { Invitation } from '../records/invitation.ts';
import { hashLinkToken } from '../records/link-token.ts';

type Given = Pick<Deps, 'config' | 'now' | 'store'>;

interface Asked {
  readonly username?: string | undefined;
  /** The token of an invitation. */
  readonly invitation?: string | undefined;
}

/**
 * Whoever may not sign up learns nothing of user names: none is looked at before.
 *
 * @returns the user name for the account, and the hash of the invitation
 * @throws {RpError} `sign_up_closed`, `invitation_invalid`, `invitation_revoked`, `invalid_request`
 */
export async function admitSignUp(
  deps: Given,
  { username, invitation }: Asked,
): Promise<{ username: string; invitation: string | null }> {
  const hash = invitation === undefined ? null : hashLinkToken(invitation);
  const found = await requireAdmission(deps, hash);
  const name = normalizeUsername(username ?? found?.username ?? '');
  if (name === null) {
    throw new RpError('invalid_request', { publicDetail: `username: ${usernameForm}` });
  }
  const meant = found?.username ?? name;
  if (usernameKey(meant) !== usernameKey(name)) {
    throw new RpError('invitation_invalid', { detail: 'for another user name' });
  }
  return { username: name, invitation: hash };
}

/**
 * @param invitation the hash of its token
 * @throws {RpError} `sign_up_closed`, `invitation_invalid`, `invitation_revoked`
 */
export async function requireAdmission(
  { config, now, store }: Given,
  invitation: string | null,
): Promise<Invitation | null> {
  if (!maySignUp(config.signUp, { isInvited: invitation !== null })) {
    throw new RpError('sign_up_closed');
  }
  if (invitation === null) return null;
  return store.findInvitation(invitation, now());
}
