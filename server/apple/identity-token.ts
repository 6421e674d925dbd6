import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppleFailure } from './failure.ts';
import type { FindKey } from './key-set.ts';
import { address, flag, openToken, subject } from './token.ts';

/** Who has signed in at Apple. */
export interface AppleIdentity {
  /** The person, the same for every client of a team. */
  readonly sub: string;
  /** A fact about the person, and no name of theirs: it may be missing, and may change. */
  readonly email: string | null;
  readonly emailVerified: boolean;
  /** Whether the address is a relay of Apple's. */
  readonly isPrivateEmail: boolean;
  /** For 60 days after the app moved to another team: the person under the team before. */
  readonly transferSub: string | null;
  /** 0 unsupported, 1 unknown, 2 likely real; null if it was not told, as on the web. */
  readonly realUserStatus: 0 | 1 | 2 | null;
  /** When the person authenticated, in milliseconds since the Unix epoch. */
  readonly authTime: number | null;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Which of our clients the token is for. */
  readonly audience: string;
}

export interface IdentityTokenExpected {
  /** The clients that it may be for. */
  readonly audiences: readonly string[];
  /**
   * What the claim has to be: `hashed` as it stands, or the SHA-256 of `raw` in hex. Null if the request
   * for the token had none.
   */
  readonly nonce: { readonly raw?: string; readonly hashed?: string } | null;
  /** The code that came with the token, if it has to belong to it. */
  readonly code?: string;
}

const claims = z.object({
  sub: subject,
  nonce: z.string().nullable().default(null),
  nonce_supported: flag,
  email: address.default(null),
  email_verified: flag,
  is_private_email: flag,
  transfer_sub: subject.nullable().default(null),
  real_user_status: z.literal([0, 1, 2]).nullable().catch(null).default(null),
  exp: z.number(),
  auth_time: z.number().nullable().catch(null).default(null),
  c_hash: z.string().nullable().default(null),
});

/** @throws {AppleFailure} */
export async function verifyIdentityToken(
  findKey: FindKey,
  now: () => number,
  token: string,
  { audiences, nonce, code }: IdentityTokenExpected,
): Promise<AppleIdentity> {
  const requiredClaims = ['sub', 'exp'];
  const payload = await openToken(findKey, now, token, { audiences, requiredClaims });
  const { success, data } = claims.safeParse(payload);
  if (!success) throw new AppleFailure('token-claims');
  if (nonce !== null) requireNonce(data, nonce);
  if (code !== undefined) requireCode(data, code);
  return {
    sub: data.sub,
    email: data.email,
    emailVerified: data.email !== null && data.email_verified,
    isPrivateEmail: data.email !== null && data.is_private_email,
    transferSub: data.transfer_sub,
    realUserStatus: data.real_user_status,
    authTime: data.auth_time === null ? null : data.auth_time * 1000,
    issuedAt: payload.iat * 1000,
    expiresAt: data.exp * 1000,
    audience: payload.aud,
  };
}

/** OpenID Connect Core §3.1.3.7 step 11. Only old platforms of Apple's lack it, and say so. */
function requireNonce(
  given: Pick<z.output<typeof claims>, 'nonce' | 'nonce_supported'>,
  { raw, hashed }: NonNullable<IdentityTokenExpected['nonce']>,
): void {
  const expected = raw === undefined ? hashed : createHash('sha256').update(raw).digest('hex');
  if (expected === undefined) throw new TypeError('a nonce is needed');
  if (given.nonce === expected) return;
  if (given.nonce !== null) throw new AppleFailure('nonce-mismatch');
  if (given.nonce_supported) throw new AppleFailure('nonce-missing');
}

/** OpenID Connect Core §3.3.2.11: the left half of the hash. Tokens that came without a code lack it. */
function requireCode({ c_hash: given }: { readonly c_hash: string | null }, code: string): void {
  if (given === null) return;
  const hash = createHash('sha256').update(code).digest();
  if (given !== hash.subarray(0, 16).toString('base64url')) throw new AppleFailure('code-mismatch');
}
