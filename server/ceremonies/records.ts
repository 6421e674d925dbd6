import type { Deps } from '../deps.ts';
import type { OfCeremony } from '../records/audit/evidence.ts';
import type { Caller } from '../records/caller.ts';
import { newSession } from '../records/new-session.ts';
import type { NewSession, Proof } from '../records/session.ts';
import type { PrfValues } from '../records/vault.ts';
import type { PublicKeyCredentialDescriptorJSON } from '../webauthn/library.ts';
import type { VerifiedAuthentication } from '../webauthn/verify-authentication.ts';

/** A session that begins now, and the token that only the browser keeps. */
export function openSession(
  { config, now, random }: Deps,
  caller: Caller,
  userId: string,
  proof: Proof,
): { token: string; session: NewSession } {
  const source = { random, now: now(), ttlSeconds: config.sessionTtlSeconds };
  return newSession(source, caller, userId, proof);
}

/** Everything of a ceremony that a later policy may want to know. */
export function ceremonyEvidence(
  { userAgent, country }: Caller,
  { mediation }: Pick<OfCeremony, 'mediation'>,
  verified: VerifiedAuthentication,
): OfCeremony {
  const { userPresent, userVerified, backupEligible, backedUp } = verified;
  const { signCount, attachment, origin, rpId } = verified;
  return {
    ...{ userPresent, userVerified, backupEligible, backedUp },
    ...{ signCount, attachment, origin, rpId },
    ...{ userAgent, country, mediation },
  };
}

/** A credential as options name it (WebAuthn L3 §5.8.3), with its transports, known or not. */
export function descriptor(credential: {
  readonly id: string;
  readonly transports: readonly string[];
}): PublicKeyCredentialDescriptorJSON {
  const transports = [...credential.transports];
  return {
    id: credential.id,
    type: 'public-key',
    transports: transports as NonNullable<PublicKeyCredentialDescriptorJSON['transports']>,
  };
}

/** WebAuthn L3 §10.1.4: one salt for all, because a sign-in without a user name can't know whose to send. */
export interface PrfInputs {
  readonly prf: { readonly eval: PrfValues };
}

export function prfInputs({ prfValues }: Pick<Deps, 'prfValues'>): { extensions?: PrfInputs } {
  const values = prfValues();
  return values === null ? {} : { extensions: { prf: { eval: values } } };
}
