/**
 * Every account as a line of the form that the import reads, without loss but for what belongs to this
 * server alone: sessions, audit, attestations, refresh tokens of Apple.
 */
import { toBase64Url } from '../../base64url.ts';
import type { AppleLink } from '../../records/apple.ts';
import type { Credential, RegisteredHandle } from '../../records/credential.ts';
import type { Store } from '../../store/store.ts';
import type { ExportedAccount } from '../../store/transfer.ts';
import { spellHandle } from './user-handles.ts';

export interface ExportDeps {
  readonly store: Store;
  /** Told of the accounts written so far, after every page. */
  readonly progress: (accounts: number) => void;
}

export interface Exported {
  accounts: number;
  passkeys: number;
}

const pageSize = 500;

/**
 * The lines, a page at a time, so that memory does not grow with the database. Each account is as it was at
 * one moment; those that are made meanwhile may be missing.
 *
 * @param exported counts what was given out
 */
export async function* exportLines(
  { store, progress }: ExportDeps,
  exported: Exported,
): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const page = await store.exportAccounts(after, pageSize);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.map(lineOf).join('');
    exported.accounts += page.length;
    exported.passkeys += page.reduce((sum, { credentials }) => sum + credentials.length, 0);
    progress(exported.accounts);
    after = last.user.id;
  }
}

function lineOf({ user, credentials, apple }: ExportedAccount): string {
  const line = {
    username: user.username,
    displayName: user.displayName,
    userHandle: spellHandle(user.id),
    createdAt: isoTime(user.createdAt),
    disabledAt: isoTime(user.disabledAt),
    policy: user.policy ?? undefined,
    credentials: credentials.map(memberOf),
    apple: apple.length === 0 ? undefined : apple.map(linkMember),
  };
  return `${JSON.stringify(line)}\n`;
}

/** Undefined members are left out of JSON: what is not known is not said. */
function memberOf(credential: Credential) {
  const { backupKnown, backupEligible, backedUp } = credential;
  return {
    id: credential.id,
    publicKey: toBase64Url(credential.publicKey),
    signCount: credential.signCount,
    transports: credential.transports,
    aaguid: credential.aaguid,
    ...(backupKnown && { backupEligible, backedUp }),
    createdAt: isoTime(credential.createdAt),
    lastUsedAt: credential.useKnown ? (isoTime(credential.lastUsedAt) ?? 'never') : undefined,
    name: credential.name,
    rpId: credential.rpId,
    uvInitialized: credential.uvInitialized,
    attachment: credential.attachment ?? undefined,
    state: credential.state,
    lastUserAgent: credential.lastUserAgent ?? undefined,
    lastCountry: credential.lastCountry ?? undefined,
    upgradeAfter: isoTime(credential.upgradeAfter),
    counterFellAt: isoTime(credential.counterFellAt),
    userHandle: handleMember(credential.userHandle),
    ...(credential.attested && { attested: true }),
  };
}

/** Addresses are told with every sign-in, so they need not be carried. */
function linkMember({ team, sub, state, givenName, familyName, ...times }: AppleLink) {
  return {
    ...{ team, sub, state },
    since: isoTime(times.stateChangedAt),
    linkedAt: isoTime(times.createdAt),
    lastUsedAt: isoTime(times.lastUsedAt),
    givenName: givenName ?? undefined,
    familyName: familyName ?? undefined,
  };
}

function handleMember(registered: RegisteredHandle): string | undefined {
  if (registered.kind === 'account') return undefined;
  return registered.kind === 'own' ? spellHandle(registered.handle) : '';
}

function isoTime(at: number | null): string | undefined {
  return at === null ? undefined : new Date(at).toISOString();
}
