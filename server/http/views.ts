import type { z } from 'zod';
import type { ActivityPage } from '../accounts/activity.ts';
import type { listPasskeys } from '../accounts/credentials.ts';
import type { Owner } from '../accounts/owner.ts';
import type { findApple } from '../apple/accounts.ts';
import type { Config } from '../config.ts';
import { policyFor } from '../policy/credential-policy.ts';
import { describeDevice } from '../policy/device.ts';
import { isLegacy } from '../policy/legacy.ts';
import { suspicionEndsAt } from '../policy/suspicion.ts';
import { upgradeReason } from '../policy/upgrade.ts';
import { findProvider } from '../providers/catalogue.ts';
import type { AppleEnd } from '../records/apple.ts';
import type { Credential } from '../records/credential.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';
import type { RecoveryState } from '../recovery/state.ts';
import type * as schemas from './schemas/account.ts';
import type { appleState } from './schemas/apple-account.ts';

/** What of the domain is shown outside, in the shapes of the contract: nothing else ever is. */

const time = (milliseconds: number) => new Date(milliseconds).toISOString();

export function userView({ id, username, displayName }: User) {
  return { id, username, displayName };
}

/** Whose credential it is, and which one opened their session. */
interface Viewer {
  readonly user: User;
  readonly openedBy: string | null;
}

export function credentialView(
  config: Config,
  credential: Credential,
  { user, openedBy }: Viewer,
): z.infer<typeof schemas.credential> {
  const { origin, rpId, credentialPolicies } = config;
  const { id, name, aaguid, transports, backedUp, state } = credential;
  const reason = upgradeReason(credential, rpId, policyFor(credentialPolicies, user));
  const endsAt = suspicionEndsAt(config.evidence, credential);
  const provider = findProvider(aaguid);
  const icon = (theme: string) => `${origin}/providers/${aaguid}/${theme}`;
  return {
    id,
    name,
    provider: {
      aaguid,
      name: provider?.name ?? 'Unknown provider',
      ...(provider?.iconLight && { icon: icon('light') }),
      ...(provider?.iconDark && { iconDark: icon('dark') }),
    },
    transports: [...transports],
    kind: kindOf(credential),
    backedUp,
    createdAt: time(credential.createdAt),
    lastUsedAt: credential.lastUsedAt === null ? null : time(credential.lastUsedAt),
    useKnown: credential.useKnown,
    lastUsedOn: describeDevice(credential.lastUserAgent),
    lastUsedIn: credential.lastCountry,
    rpId: credential.rpId,
    state,
    ...(endsAt !== null && { suspicionEndsAt: time(endsAt) }),
    current: id === openedBy,
    upgrade: reason === null ? null : { reason },
  };
}

/** WebAuthn L3 §6.1.3: a backup-eligible credential is a multi-device one. */
function kindOf(credential: Credential) {
  if (credential.backupEligible) return 'passkey';
  return isLegacy(credential) ? 'legacy' : 'device-bound';
}

export function credentialListView(
  config: Config,
  { user, session }: Owner,
  { credentials, ...rest }: Awaited<ReturnType<typeof listPasskeys>>,
) {
  const viewer = { user, openedBy: session.credentialId };
  return { credentials: credentials.map((each) => credentialView(config, each, viewer)), ...rest };
}

export function activityView({ activity, next }: ActivityPage) {
  return {
    next,
    activity: activity.map(({ at, userAgent, ...rest }) => ({
      ...rest,
      at: time(at),
      device: describeDevice(userAgent),
    })),
  };
}

/** For the metrics: labels from closed lists alone. */
export function ceremonyLabels({ aaguid, attachment }: Credential, mediation: string | null) {
  return { mediation, attachment, provider: findProvider(aaguid)?.name ?? 'other' };
}

function sessionView({ id, createdAt, authenticatedAt, userVerified, method }: Session) {
  return {
    id,
    createdAt: time(createdAt),
    authenticatedAt: time(authenticatedAt),
    userVerified,
    method,
  };
}

export function appleEndView({ tokens }: AppleEnd): z.infer<typeof schemas.appleEnd> {
  return { revocation: tokens > 0 ? 'requested' : 'in-settings' };
}

export function appleStateView(
  found: Awaited<ReturnType<typeof findApple>>,
): z.infer<typeof appleState> {
  if (found === null) return { link: null };
  const { link, address } = found;
  return {
    link: {
      state: link.state,
      since: time(link.stateChangedAt),
      linkedAt: time(link.createdAt),
      lastUsedAt: time(link.lastUsedAt),
      name: [link.givenName, link.familyName].filter(Boolean).join(' ') || null,
      address: address && {
        email: address.email,
        isVerified: address.isVerified,
        isPrivate: address.isPrivate,
        since: time(address.firstSeenAt),
        disabledAt: address.disabledAt === null ? null : time(address.disabledAt),
      },
    },
  };
}

export function recoveryView({ code, email, pending }: RecoveryState) {
  return {
    code: code && { createdAt: time(code.createdAt) },
    email: email && { address: email.address, verifiedAt: time(email.verifiedAt) },
    pending: pending && { startedAt: time(pending.startedAt), opensAt: time(pending.opensAt) },
  };
}

export function currentSessionView({ user, session }: { user: User; session: Session }) {
  return { user: userView(user), session: sessionView(session) };
}

export function sessionListView(sessions: readonly Session[], current: Session) {
  return {
    sessions: sessions.map((session) => ({
      ...sessionView(session),
      current: session.id === current.id,
      device: describeDevice(session.userAgent),
    })),
  };
}
