/** Opens what Apple signs: identity tokens and notifications. */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { appleIssuer } from './client-secret.ts';
import { AppleFailure, type FailureCause } from './failure.ts';
import type { FindKey } from './key-set.ts';

const clockSkewSeconds = 60;

interface Expected {
  readonly audiences: readonly string[];
  readonly requiredClaims: readonly string[];
}

/**
 * The claims of a token of Apple's that is meant for one of ours.
 *
 * @throws {AppleFailure} refused, or an outage if a key is needed that can't be fetched
 */
export async function openToken(
  findKey: FindKey,
  now: () => number,
  token: string,
  { audiences, requiredClaims }: Expected,
): Promise<JWTPayload & { readonly aud: string; readonly iat: number }> {
  const at = now();
  const { payload } = await jwtVerify(token, findKey, {
    // RFC 8725 §3.1: the token does not choose the algorithm.
    algorithms: ['RS256'],
    issuer: appleIssuer,
    audience: [...audiences],
    requiredClaims: ['iss', 'aud', 'iat', ...requiredClaims],
    clockTolerance: clockSkewSeconds,
    currentDate: new Date(at),
  }).catch((error: unknown) => {
    throw error instanceof AppleFailure ? error : new AppleFailure(causeOf(error));
  });
  const { aud, iat } = payload;
  // A token for several audiences could be another's, who hands it on.
  if (typeof aud !== 'string') throw new AppleFailure('token-audience');
  if (typeof iat !== 'number') throw new AppleFailure('token-claims');
  if (iat > at / 1000 + clockSkewSeconds) throw new AppleFailure('token-of-the-future');
  return { ...payload, aud, iat };
}

function causeOf(error: unknown): FailureCause {
  if (error instanceof errors.JWTExpired) return 'token-expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'token-issuer';
    if (error.claim === 'aud') return 'token-audience';
    return error.claim === 'nbf' ? 'token-of-the-future' : 'token-claims';
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'token-algorithm';
  if (error instanceof errors.JWKSNoMatchingKey) return 'token-key-unknown';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'token-signature';
  return 'token-malformed';
}

/** Apple writes booleans as such or as text. What is neither, or missing, counts as false. */
export const flag = z
  .unknown()
  .optional()
  .transform((value) => value === true || value === 'true');

/** RFC 5321 §4.5.3.1.3: an address has 254 characters at most. One that is none counts as missing. */
export const address = z
  .string()
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+$/)
  .nullable()
  .catch(null);

export const subject = z.string().min(1).max(255);
