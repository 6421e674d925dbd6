/**
 * The authentication ceremony (WebAuthn L3 §7.2), from the response on: sign-in, and the step-up that
 * confirms a person who is signed in.
 *
 * Guarantees: it enforces exactly what the options promised; a decoy is refused by the same steps, in
 * the same time and with the same words as a real credential with a wrong signature.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { judgeEvidence } from '../policy/evidence.ts';
import { enforcesUserVerification } from '../policy/user-verification.ts';
import { isAccepted } from '../policy/ways-in.ts';
import type { Caller } from '../records/caller.ts';
import type { AuthenticationResponseJSON } from '../webauthn/library.ts';
import { readAuthentication } from '../webauthn/read-response.ts';
import { verifyAuthentication } from '../webauthn/verify-authentication.ts';
import { openChallenge } from './challenge.ts';
import { decoyPublicKey, fingerprint, isDecoy } from './decoys/credentials.ts';
import { checkOwner } from './owner.ts';
import {
  type Authenticated,
  complete,
  type Presented,
  refuseSuspicious,
} from './presented-passkey.ts';

/** Every refusal comes after the same time, longer than any of the ways to it: how long tells nothing. */
const refusalMs = 20;

/**
 * Verifies the response and completes the ceremony: the session that begins takes the place of the
 * one the browser had.
 *
 * @throws {RpError} `challenge_invalid`, `origin_mismatch`, `verification_failed`,
 *   `user_verification_required`, `credential_unknown` (with `rpId` and `credentialId` if the device is
 *   to forget it), `authenticator_not_allowed`, `account_disabled` (from the store: only who has the passkey learns of it)
 */
export async function completeAuthentication(
  deps: Deps,
  caller: Caller,
  response: AuthenticationResponseJSON,
): Promise<Authenticated> {
  const began = performance.now();
  try {
    return await authenticate(deps, caller, response);
  } catch (error) {
    await delay(Math.max(0, began + refusalMs - performance.now()));
    throw error;
  }
}

async function authenticate(
  deps: Deps,
  caller: Caller,
  response: AuthenticationResponseJSON,
): Promise<Authenticated> {
  const { config, keys } = deps;
  const reading = readAuthentication(response);
  const { id, userHandle, clientData } = reading;
  const { challenge } = clientData;
  const { ceremony, nonce } = openChallenge(deps, challenge, caller.browser, [
    'sign-in',
    'step-up',
    'vault',
  ]);
  if (ceremony.kind !== 'sign-in' && caller.user?.id !== ceremony.userId) {
    throw new RpError('challenge_invalid', { detail: 'issued for another session' });
  }
  // WebAuthn L3 §7.2 step 5: where credentials were named, it is one of them.
  const named = ceremony.allowed.length > 0;
  if (named && !ceremony.allowed.includes(fingerprint(id))) {
    throw new RpError('verification_failed', { detail: 'not one of the allowed credentials' });
  }
  const found = await deps.store.findCredential(id);
  if (found === null && !named && !isDecoy(keys.decoy, id)) {
    throw unknownCredential(config, ceremony.rpId, id);
  }
  const verified = await verifyAuthentication(reading, {
    challenge,
    origins: config.origins,
    appOrigins: config.appOrigins,
    rpIds: [ceremony.rpId],
    userVerification: enforcesUserVerification(ceremony.userVerification),
    publicKey: found?.credential.publicKey ?? decoyPublicKey,
  });
  if (found === null) throw new RpError('verification_failed', { detail: 'a decoy' });
  checkOwner(ceremony.userId, userHandle, found);
  if (found.credential.rpId !== verified.rpId) {
    throw new RpError('verification_failed', { detail: 'a credential of another RP ID' });
  }
  // Without the ids: a device told of them would delete for good what an operator may restore.
  if (!isAccepted(found.credential)) throw new RpError('credential_unknown', { detail: 'revoked' });
  const presented: Presented = { ...found, caller, ceremony, nonce, verified };
  const judgement = judgeEvidence(config.evidence, found.credential, verified);
  await refuseSuspicious(deps, presented, judgement);
  return complete(deps, presented, judgement);
}

/**
 * The ids are what `signalUnknownCredential` needs (WebAuthn L3 §5.1.10.1), which deletes the passkey for good: an
 * operator withholds them as long as what is missing here may still come.
 */
function unknownCredential({ forgetUnknown }: Config, rpId: string, credentialId: string): RpError {
  return new RpError('credential_unknown', {
    ...(forgetUnknown && { members: { rpId, credentialId } }),
  });
}
