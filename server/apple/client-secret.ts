/** The client secret: a JWT that is signed for each call, so that none can expire unnoticed. */
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import type { Config } from '../config.ts';
import type { FailureCause } from './failure.ts';

type Settings = Pick<NonNullable<Config['apple']>, 'teamId' | 'keyId' | 'key'>;

/** What tokens of Apple name as their issuer, and secrets as their audience, wherever calls go. */
export const appleIssuer = 'https://appleid.apple.com';

const livesForSeconds = 300;
/** What Apple allows at most: six months. */
const mostSeconds = 15_777_000;

/** @param at milliseconds since the Unix epoch */
export type MintSecret = (settings: Settings, clientId: string, at: number) => Promise<string>;

export const mintSecret: MintSecret = ({ teamId, keyId, key }, clientId, at) => {
  const seconds = Math.floor(at / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: keyId })
    .setIssuer(teamId)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + livesForSeconds)
    .setAudience(appleIssuer)
    .setSubject(clientId)
    .sign(key);
};

/**
 * What Apple has against a secret, as far as it can be seen from here; null if nothing.
 *
 * @param at the time where it is judged: Apple's, if it is known
 */
export function secretProblem(
  secret: string,
  { teamId, keyId }: Omit<Settings, 'key'>,
  clientId: string,
  at: number,
): FailureCause | null {
  const read = readSecret(secret);
  if (read === null) return 'secret-malformed';
  const { header, claims, signature } = read;
  const seconds = at / 1000;
  if (header.alg !== 'ES256') return 'secret-wrong-algorithm';
  // RFC 7518 §3.4: R and S, of 32 bytes each. DER begins with a SEQUENCE and is longer.
  if (signature.length !== 64) return 'secret-der-signed';
  if (header.kid !== keyId) return 'secret-wrong-key-id';
  if (claims.iss !== teamId) return 'secret-wrong-issuer';
  if (claims.sub !== clientId) return 'secret-wrong-subject';
  if (claims.aud !== appleIssuer) return 'secret-wrong-audience';
  const { iat, exp } = claims;
  if (typeof iat !== 'number' || typeof exp !== 'number') return 'secret-malformed';
  if (exp <= seconds) return 'secret-expired';
  if (iat > seconds + livesForSeconds) return 'secret-of-the-future';
  return exp - seconds > mostSeconds ? 'secret-lives-too-long' : null;
}

function readSecret(secret: string) {
  try {
    const signature = Buffer.from(secret.split('.')[2] ?? '', 'base64url');
    return { header: decodeProtectedHeader(secret), claims: decodeJwt(secret), signature };
  } catch {
    return null;
  }
}
