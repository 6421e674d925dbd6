/**
 * The options of an authentication ceremony: sign-in with or without a user name, step-up, and the step-up that
 * opens the vault.
 *
 * Guarantees: nothing is written; the answers for known and unknown user names look alike, take the same
 * steps and the same time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { domainOf, servedDomains } from '../policy/served-domains.ts';
import { normalizeUsername, usernameKey, usernameKeys } from '../policy/username.ts';
import { isAccepted } from '../policy/ways-in.ts';
import type { Caller } from '../records/caller.ts';
import { isRestricted } from '../records/session.ts';
import type {
  PublicKeyCredentialHint,
  PublicKeyCredentialRequestOptionsJSON,
} from '../webauthn/library.ts';
import { type SignIn, sealChallenge } from './challenge.ts';
import { accountShape, passkeysUnder } from './decoys/account-shape.ts';
import { decoyCredentials, decoyUserId, fingerprint } from './decoys/credentials.ts';
import { descriptor, type PrfInputs, prfInputs } from './records.ts';

export interface AuthenticationRequest {
  readonly username?: string | undefined;
  readonly mediation?: 'conditional' | 'immediate' | undefined;
  readonly purpose?: 'sign-in' | 'step-up' | 'vault' | undefined;
  /** Ours, or one that the site has moved away from; without it the passkeys of the account decide. */
  readonly rpId?: string | undefined;
}

type RequestOptions = Omit<PublicKeyCredentialRequestOptionsJSON, 'extensions'> & {
  hints: PublicKeyCredentialHint[];
  extensions?: PrfInputs;
};

interface Allowed {
  readonly userId: string | null;
  readonly rpId: string;
  readonly credentials: readonly { readonly id: string; readonly transports: readonly string[] }[];
}

/** Longer than any of the ways to options that name an account, so that how long one took tells nothing. */
const namedOptionsMs = 5;

/**
 * Request options; writes nothing.
 *
 * @throws {RpError} `invalid_request`, `unauthenticated` (a step-up without a session)
 */
export async function authenticationOptions(
  deps: Deps,
  caller: Caller & { readonly browser: string },
  request: AuthenticationRequest,
): Promise<RequestOptions> {
  const { config } = deps;
  const purpose = request.purpose ?? 'sign-in';
  const due = request.username === undefined ? null : delay(namedOptionsMs);
  const { userId, rpId, credentials } = await allowedFor(deps, caller, request);
  const ceremony: SignIn = {
    kind: purpose,
    userId,
    rpId,
    allowed: credentials.map(({ id }) => fingerprint(id)),
    mediation: request.mediation ?? null,
    userVerification: config.userVerification[purpose],
  };
  const options: RequestOptions = {
    rpId,
    challenge: sealChallenge(deps, caller.browser, ceremony),
    timeout: config.challengeTtlSeconds * 1000,
    allowCredentials: credentials.map(descriptor),
    userVerification: ceremony.userVerification,
    hints: [],
    ...prfInputs(deps),
  };
  await due;
  return options;
}

async function allowedFor(
  { config, decoyShapes, keys, store }: Deps,
  caller: Caller,
  request: AuthenticationRequest,
): Promise<Allowed> {
  const served = servedDomains(config);
  if (request.rpId !== undefined && !served.includes(request.rpId)) {
    throw new RpError('invalid_request', { publicDetail: 'rpId: not one of this service' });
  }
  if (request.purpose === 'vault' && !config.vault) {
    throw new RpError('invalid_request', { publicDetail: 'purpose: there are no vaults here' });
  }
  if (request.purpose === 'step-up' || request.purpose === 'vault') {
    const { session, user } = caller;
    if (session === null || user === null) throw new RpError('unauthenticated');
    if (isRestricted(session)) throw new RpError('recovery_required');
    const held = (await store.listCredentials(user.id)).filter(isAccepted);
    const used = held.find(({ id }) => id === session.credentialId);
    const rpId =
      request.rpId ?? domainOf(served, used === undefined ? held : [used]) ?? config.rpId;
    return { userId: user.id, rpId, credentials: held.filter((each) => each.rpId === rpId) };
  }
  if (request.username === undefined) {
    return { userId: null, rpId: request.rpId ?? config.rpId, credentials: [] };
  }
  if (request.mediation === 'immediate') {
    throw new RpError('invalid_request', {
      publicDetail: 'mediation: immediate goes without a user name',
    });
  }
  // Known and unknown names take the same steps: a shape, two look-ups and the decoys.
  const given = normalizeUsername(request.username) ?? request.username;
  const name = usernameKey(given);
  const shadowed = await decoyShapes(name);
  const user = await store.findUserByName(...usernameKeys(given));
  const userId = user?.id ?? decoyUserId(keys.decoy, name);
  const held = (await store.listCredentials(userId)).filter(isAccepted);
  // Where an account has none of the domain that is asked for, its decoys there look like its own.
  const shape = accountShape(served, held) ?? shadowed;
  const rpId = request.rpId ?? shape.rpId;
  const decoys = decoyCredentials(keys.decoy, name, rpId, passkeysUnder(shape, rpId));
  const credentials = held.filter((each) => each.rpId === rpId);
  return { userId, rpId, credentials: credentials.length > 0 ? credentials : decoys };
}
