import type { z } from 'zod';
import { describeDevice } from '../accounts/device.ts';
import type { Signals } from '../accounts/signals.ts';
import type { Config } from '../config.ts';
import { findProvider } from '../policy/provider.ts';
import type { Credential, Session, User } from '../store/store.ts';
import type * as schemas from './schemas.ts';

/** What of the domain is shown outside, in the shapes of the contract: nothing else ever is. */

const time = (milliseconds: number) => new Date(milliseconds).toISOString();

export function userView({ id, username, displayName }: User) {
  return { id, username, displayName };
}

export function credentialView(
  { origin }: Pick<Config, 'origin'>,
  credential: Credential,
): z.infer<typeof schemas.credential> {
  const { id, name, aaguid, transports, backupEligible, backedUp, state } = credential;
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
    // WebAuthn L3 §6.1.3: a backup-eligible credential is a multi-device one.
    kind: backupEligible ? 'passkey' : 'device-bound',
    backedUp,
    createdAt: time(credential.createdAt),
    lastUsedAt: credential.lastUsedAt === null ? null : time(credential.lastUsedAt),
    state,
  };
}

export function credentialListView(
  config: Pick<Config, 'origin'>,
  { credentials, signals }: { credentials: readonly Credential[]; signals: Signals },
) {
  return { credentials: credentials.map((each) => credentialView(config, each)), signals };
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
