import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { appleIssuer } from '../../apple/client-secret.ts';
import { type SigningKey, sign, signingKey } from './signing.ts';
import {
  addressFor,
  type Code,
  consentKey,
  type Person,
  subOf,
  transferInto,
  transferSubOf,
  type World,
} from './world.ts';

const livesForSeconds = 86_400;

type Asked = Pick<Code, 'clientId' | 'nonce' | 'wantsEmail'> & {
  /** The code that comes with the token. */
  readonly code?: string;
  /** Apps are told; the web is not. */
  readonly realUserStatus?: 0 | 1 | 2;
};

/** What an identity token says of a person to a client. */
export function identityClaims(world: World, person: Person, asked: Asked): JWTPayload {
  const { faults } = world;
  const seconds = Math.floor(world.now() / 1000);
  const teamId = world.clients.get(asked.clientId)?.teamId ?? '';
  const transfer = transferInto(world, teamId);
  const { email, isPrivate } = addressFor(world, person, teamId);
  const flag = (value: boolean) => (faults.writesFlagsAsText ? String(value) : value);
  const wasThere =
    transfer !== undefined && world.consents.has(consentKey(person.id, transfer.from));
  return {
    iss: appleIssuer,
    aud: asked.clientId,
    exp: seconds + livesForSeconds,
    iat: seconds,
    sub: subOf(person.id, teamId),
    auth_time: seconds,
    ...(asked.nonce !== null &&
      faults.supportsNonce &&
      !faults.losesNonce && { nonce: asked.nonce }),
    ...(faults.supportsNonce && { nonce_supported: true }),
    ...(asked.wantsEmail &&
      !faults.leavesEmailOut && {
        email,
        email_verified: flag(true),
        ...(isPrivate && { is_private_email: flag(true) }),
      }),
    ...(asked.realUserStatus !== undefined && { real_user_status: asked.realUserStatus }),
    ...(asked.code !== undefined && { c_hash: leftHalf(asked.code) }),
    ...(wasThere && { transfer_sub: transferSubOf(person.id, transfer) }),
  };
}

export function identityToken(world: World, person: Person, asked: Asked): Promise<string> {
  return sign(identityClaims(world, person, asked), currentKey(world));
}

/** Apple signs with one of its keys, and nobody knows with which. */
export function currentKey({ faults, signingKeys }: World): SigningKey {
  const [first] = signingKeys;
  return faults.signsWithUnpublishedKey || first === undefined ? signingKey('unpublished') : first;
}

/** OpenID Connect Core §3.3.2.11 */
function leftHalf(code: string): string {
  return createHash('sha256').update(code).digest().subarray(0, 16).toString('base64url');
}
