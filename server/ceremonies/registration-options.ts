/**
 * The options of a registration ceremony: a sign-up, or one more passkey for an account that is signed in.
 *
 * Guarantees: nothing is written; an account's user handle is made once and every registration carries
 * it.
 */
import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { policyFor } from '../policy/credential-policy.ts';
import { groundFor } from '../policy/ground.ts';
import { upgradeReason } from '../policy/upgrade.ts';
import { requireStepUpOrApple } from '../policy/user-verification.ts';
import {
  displayNameForm,
  nameForAuthenticator,
  normalizeDisplayName,
  usernameKeys,
} from '../policy/username.ts';
import { isAccepted } from '../policy/ways-in.ts';
import type { Caller } from '../records/caller.ts';
import type { Credential } from '../records/credential.ts';
import { isRestricted, type Session } from '../records/session.ts';
import type { User } from '../records/user.ts';
import { supportedAlgorithms } from '../webauthn/algorithms.ts';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialHint,
} from '../webauthn/library.ts';
import { type Addition, type SignUp, sealChallenge } from './challenge.ts';
import { descriptor, type PrfInputs, prfInputs } from './records.ts';
import { admitSignUp } from './sign-up.ts';

/** As many as fit comfortably in an options answer; nobody owns that many devices. */
export const credentialLimit = 64;

type CreationOptions = Omit<PublicKeyCredentialCreationOptionsJSON, 'extensions'> & {
  readonly extensions: { readonly credProps: boolean } & Partial<PrfInputs>;
};

export interface RegistrationRequest {
  readonly username?: string | undefined;
  readonly displayName?: string | undefined;
  /** The token of an invitation, with which an account is opened. */
  readonly invitation?: string | undefined;
  readonly mediation?: 'conditional' | undefined;
  /** The credential whose place the new one is to take. */
  readonly upgrades?: string | undefined;
  readonly hints?: readonly PublicKeyCredentialHint[] | undefined;
}

/**
 * Creation options; writes nothing.
 *
 * @throws {RpError} `invalid_request`, `sign_up_closed`, `invitation_invalid`, `invitation_revoked`, `username_taken`, `unauthenticated`, `step_up_required`,
 *   `credential_limit`
 */
export function registrationOptions(
  deps: Deps,
  caller: Caller & { readonly browser: string },
  request: RegistrationRequest,
): Promise<CreationOptions> {
  return isSignUp(request)
    ? signUpOptions(deps, caller, request)
    : additionOptions(deps, caller, request);
}

/** Whether an account is to be opened, whoever is signed in. */
export function isSignUp({ username, invitation }: RegistrationRequest): boolean {
  return username !== undefined || invitation !== undefined;
}

async function signUpOptions(
  deps: Deps,
  caller: Caller & { readonly browser: string },
  request: RegistrationRequest,
): Promise<CreationOptions> {
  const { username, invitation } = await admitSignUp(deps, request);
  const displayName = normalizeDisplayName(request.displayName || username);
  if (displayName === null) {
    throw new RpError('invalid_request', { publicDetail: `displayName: ${displayNameForm}` });
  }
  if ((await deps.store.findUserByName(...usernameKeys(username))) !== null) {
    throw new RpError('username_taken');
  }
  const ceremony: SignUp = {
    kind: 'sign-up',
    // WebAuthn L3 §14.6.1: a user handle is random, tells nothing of the person, and has ≤ 64 bytes.
    userId: toBase64Url(deps.random(32)),
    username,
    displayName,
    ...(invitation !== null && { invitation }),
    algorithms: supportedAlgorithms(),
    mediation: null,
    userVerification: deps.config.userVerification['sign-in'],
  };
  const user = { id: ceremony.userId, username, displayName, policy: null };
  return creationOptions(deps, caller.browser, ceremony, user, [], request.hints);
}

async function additionOptions(
  deps: Deps,
  caller: Caller & { readonly browser: string },
  request: RegistrationRequest,
): Promise<CreationOptions> {
  const { session, user } = caller;
  if (session === null || user === null) throw new RpError('unauthenticated');
  const { config, now, store } = deps;
  const held = await store.listCredentials(user.id);
  const { manage } = config.userVerification;
  // A recovery never steps up: adding a passkey is all that it is for.
  if (!isRestricted(session)) {
    const ground = groundFor(config, user);
    requireStepUpOrApple(ground, manage, session, held, now(), config.stepUpSeconds);
  }
  if (held.length >= credentialLimit) throw new RpError('credential_limit');
  const { upgrades = null } = request;
  if (upgrades !== null) requireUpgradable(deps, { session, user }, held, upgrades);
  const ceremony: Addition = {
    kind: 'addition',
    userId: user.id,
    sessionId: session.id,
    upgrades,
    algorithms: supportedAlgorithms(),
    mediation: request.mediation ?? null,
    // A conditional create shows no prompt, so nobody can be verified; the session just was.
    userVerification:
      request.mediation === 'conditional' && manage === 'required' ? 'preferred' : manage,
  };
  // A match ends the ceremony: what is to be replaced, or is of no use any more, must not be one.
  const exclude = held.filter((each) => each.id !== upgrades && isAccepted(each));
  return creationOptions(deps, caller.browser, ceremony, user, exclude, request.hints);
}

/** Its device replaces the key that it holds itself, so it must be the one that this session used. */
function requireUpgradable(
  { config }: Deps,
  { session, user }: { session: Session; user: User },
  held: readonly Credential[],
  id: string,
): void {
  const credential = held.find((each) => each.id === id);
  const policy = policyFor(config.credentialPolicies, user);
  const upgradable =
    credential !== undefined && upgradeReason(credential, config.rpId, policy) !== null;
  if (upgradable && session.credentialId === id) return;
  throw new RpError('invalid_request', {
    publicDetail: 'upgrades: the passkey of this session, where a better one can take its place',
  });
}

function creationOptions(
  deps: Deps,
  browser: string,
  ceremony: SignUp | Addition,
  user: Pick<User, 'id' | 'username' | 'displayName' | 'policy'>,
  exclude: readonly Credential[],
  hints: readonly PublicKeyCredentialHint[] = [],
): CreationOptions {
  const { config } = deps;
  return {
    rp: { id: config.rpId, name: config.rpName },
    user: {
      id: user.id,
      name: nameForAuthenticator(user.username),
      displayName: nameForAuthenticator(user.displayName),
    },
    challenge: sealChallenge(deps, browser, ceremony),
    pubKeyCredParams: ceremony.algorithms.map((alg) => ({ alg, type: 'public-key' })),
    timeout: config.challengeTtlSeconds * 1000,
    excludeCredentials: exclude.map(descriptor),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: ceremony.userVerification,
    },
    hints: [...hints],
    attestation: policyFor(config.credentialPolicies, user).attestation,
    extensions: { credProps: true, ...prfInputs(deps).extensions },
  };
}
