/** What acts tell of accounts, passkeys, sessions and the audit. Times are ISO 8601 in UTC. */
import { linkOfToday } from '../policy/apple-link.ts';
import { describeDevice } from '../policy/device.ts';
import { type LegacyEvidence, legacyEvidence } from '../policy/legacy.ts';
import { findProvider } from '../providers/catalogue.ts';
import type { AppleLink } from '../records/apple.ts';
import type { RecordedEntry } from '../records/audit.ts';
import type { Credential } from '../records/credential.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';
import type { Store } from '../store/store.ts';

export interface AccountFacts {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly createdAt: string;
  readonly disabledAt: string | null;
  /** The name of its credential policy; null is the default one. */
  readonly policy: string | null;
}

export function accountFacts(user: User): AccountFacts {
  const { id, username, displayName, policy } = user;
  const times = { createdAt: isoTime(user.createdAt), disabledAt: isoTime(user.disabledAt) };
  return { id, username, displayName, ...times, policy };
}

/** Without the public key and the attestation: nobody needs to read them. */
export interface PasskeyFacts
  extends Pick<
    Credential,
    | 'id'
    | 'name'
    | 'state'
    | 'aaguid'
    | 'algorithm'
    | 'signCount'
    | 'transports'
    | 'attachment'
    | 'rpId'
    | 'useKnown'
  > {
  /** The name of the provider, or `unknown`. */
  readonly provider: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  /** Browser and system in words, such as `Firefox on Linux`. */
  readonly lastUsedOn: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly lastUsedIn: string | null;
  readonly flags: Pick<Credential, 'backupEligible' | 'backedUp' | 'backupKnown' | 'uvInitialized'>;
  readonly legacyEvidence: readonly LegacyEvidence[];
  /** No replacement is offered before. */
  readonly upgradeAfter: string | null;
}

export function passkeyFacts(passkey: Credential): PasskeyFacts {
  const { id, name, state, aaguid, algorithm, signCount, transports, attachment, rpId } = passkey;
  const { backupEligible, backedUp, backupKnown, uvInitialized } = passkey;
  return {
    id,
    name,
    provider: findProvider(aaguid)?.name ?? 'unknown',
    aaguid,
    state,
    createdAt: isoTime(passkey.createdAt),
    lastUsedAt: isoTime(passkey.lastUsedAt),
    useKnown: passkey.useKnown,
    lastUsedOn: describeDevice(passkey.lastUserAgent),
    lastUsedIn: passkey.lastCountry,
    flags: { backupEligible, backedUp, backupKnown, uvInitialized },
    algorithm,
    signCount,
    transports,
    attachment,
    rpId,
    legacyEvidence: legacyEvidence(passkey),
    upgradeAfter: isoTime(passkey.upgradeAfter),
  };
}

export interface SessionFacts
  extends Pick<Session, 'id' | 'userVerified' | 'method' | 'credentialId'> {
  /** Browser and system in words, such as `Firefox on Linux`. */
  readonly device: string | null;
  readonly createdAt: string;
  readonly authenticatedAt: string;
  readonly expiresAt: string;
}

export function sessionFacts(session: Session): SessionFacts {
  const { id, userVerified, method, credentialId } = session;
  return {
    id,
    device: describeDevice(session.userAgent),
    createdAt: isoTime(session.createdAt),
    authenticatedAt: isoTime(session.authenticatedAt),
    expiresAt: isoTime(session.expiresAt),
    userVerified,
    method,
    credentialId,
  };
}

/** Neither address nor name, by which nobody has to be recognised here. */
export interface AppleFacts {
  readonly state: AppleLink['state'];
  /** Since when it is in this state. */
  readonly since: string;
  readonly linkedAt: string;
  readonly lastUsedAt: string;
  /** Whether the address is one of Apple's relay; null if Apple told none. */
  readonly isPrivateEmail: boolean | null;
  /** Whether there is a token by which Apple can be told that it ended. */
  readonly canBeRevoked: boolean;
}

export function appleFacts(
  links: Awaited<ReturnType<Store['findAppleLinks']>>,
  teams: readonly string[] | undefined,
): AppleFacts | null {
  const found = linkOfToday(links, teams);
  if (found === undefined) return null;
  const { link, addresses } = found;
  return {
    state: link.state,
    since: isoTime(link.stateChangedAt),
    linkedAt: isoTime(link.createdAt),
    lastUsedAt: isoTime(link.lastUsedAt),
    isPrivateEmail: addresses[0]?.isPrivate ?? null,
    canBeRevoked: links.some(({ tokens }) => tokens > 0),
  };
}

export interface AuditFacts extends Pick<RecordedEntry, 'kind' | 'credentialId' | 'sessionId'> {
  readonly at: string;
  readonly evidence: object;
}

export function auditFacts(entry: RecordedEntry): AuditFacts {
  const { at, kind, credentialId, sessionId, evidence } = entry;
  return { at: isoTime(at), kind, credentialId, sessionId, evidence };
}

export function isoTime(milliseconds: number): string;
export function isoTime(milliseconds: number | null): string | null;
export function isoTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
