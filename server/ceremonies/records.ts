import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import type { AuditEntry, AuditKind } from '../records/audit.ts';
import type { Caller } from '../records/caller.ts';
import type { NewSession } from '../records/session.ts';
import { newSessionToken } from '../records/session-token.ts';
import type {
  PublicKeyCredentialDescriptorJSON,
  VerifiedAuthentication,
} from '../webauthn/verify.ts';

/** A session that begins now, and the token that only the browser keeps. */
export function openSession(
  { config, now, random }: Deps,
  caller: Caller,
  by: { userId: string; credentialId: string; userVerified: boolean },
): { token: string; session: NewSession } {
  const at = now();
  const { token, tokenHash } = newSessionToken(random, at);
  const session: NewSession = {
    ...by,
    tokenHash,
    id: toBase64Url(random(16)),
    createdAt: at,
    authenticatedAt: at,
    expiresAt: at + config.sessionTtlSeconds * 1000,
    method: 'passkey',
    userAgent: caller.userAgent,
    country: caller.country,
  };
  return { token, session };
}

/** An audit entry with everything a later policy may want to know of this ceremony. */
export function auditCeremony(
  { now }: Deps,
  kind: AuditKind,
  of: { userId: string; credentialId: string; sessionId: string | null },
  { userAgent, country }: Caller,
  verified: VerifiedAuthentication,
  more: Readonly<Record<string, unknown>>,
): AuditEntry {
  const { userPresent, userVerified, backupEligible, backedUp } = verified;
  const { signCount, attachment, origin, rpId } = verified;
  return {
    ...of,
    at: now(),
    kind,
    evidence: {
      ...{ userPresent, userVerified, backupEligible, backedUp },
      ...{ signCount, attachment, origin, rpId },
      ...{ userAgent, country },
      ...more,
    },
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
