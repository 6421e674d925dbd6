/**
 * A virtual authenticator of Chromium, over the DevTools protocol. It belongs to one page and its
 * frames and survives navigations. Other tabs don't see it: each needs its own.
 *
 * Ids and user handles are base64url here, as in the HTTP contract; the protocol's are base64.
 * Chromium allows one `internal` authenticator a page, and any number of others beside it.
 */
import type { CDPSession, Page } from 'playwright/test';

export interface AuthenticatorOptions {
  transport?: 'internal' | 'usb' | 'nfc' | 'ble' | 'hybrid';
  /** Whether the device can verify its owner (Face ID, PIN). If not, `required` and `preferred` fail. */
  hasUserVerification?: boolean;
  isUserVerified?: boolean;
  hasResidentKey?: boolean;
  /** Whether somebody touches it at every request. If not, a request stays open until it is aborted. */
  automaticPresenceSimulation?: boolean;
  hasPrf?: boolean;
  hasLargeBlob?: boolean;
  defaultBackupEligibility?: boolean;
  defaultBackupState?: boolean;
}

/** A provider that syncs passkeys, as iCloud Keychain does. */
export const passkeyProvider: AuthenticatorOptions = {
  transport: 'internal',
  defaultBackupEligibility: true,
  defaultBackupState: true,
};

/** A security key: its credentials never leave it. */
export const securityKey: AuthenticatorOptions = { transport: 'usb' };

interface NewCredential {
  id: string;
  userHandle: string;
  /** PKCS #8 bytes. */
  privateKey: Buffer;
  rpId?: string;
  signCount?: number;
}

interface StoredCredential {
  id: string;
  userHandle: string | undefined;
  rpId: string | undefined;
  userName: string | undefined;
  userDisplayName: string | undefined;
  signCount: number;
  backupEligible: boolean;
  backedUp: boolean;
}

type CredentialEvent = 'Added' | 'Updated' | 'Deleted' | 'Asserted';

export class VirtualAuthenticator {
  /** The events of this authenticator, oldest first. */
  readonly events: { event: CredentialEvent; id: string }[] = [];
  readonly #session: CDPSession;
  readonly #authenticatorId: string;

  constructor(session: CDPSession, authenticatorId: string) {
    this.#session = session;
    this.#authenticatorId = authenticatorId;
    const keep = (event: CredentialEvent, authenticator: string, id: string) => {
      if (authenticator === authenticatorId) this.events.push({ event, id: toBase64Url(id) });
    };
    for (const event of ['Added', 'Updated', 'Asserted'] as const) {
      session.on(`WebAuthn.credential${event}`, (e) =>
        keep(event, e.authenticatorId, e.credential.credentialId),
      );
    }
    session.on('WebAuthn.credentialDeleted', (e) =>
      keep('Deleted', e.authenticatorId, e.credentialId),
    );
  }

  async credentials(): Promise<StoredCredential[]> {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', this.#ref);
    return credentials.map((stored) => ({
      id: toBase64Url(stored.credentialId),
      userHandle: stored.userHandle && toBase64Url(stored.userHandle),
      rpId: stored.rpId,
      userName: stored.userName,
      userDisplayName: stored.userDisplayName,
      signCount: stored.signCount,
      backupEligible: stored.backupEligibility ?? false,
      backedUp: stored.backupState ?? false,
    }));
  }

  /** false: the person is not recognised, so that every request with user verification is refused at once. */
  async setUserVerified(isUserVerified: boolean): Promise<void> {
    await this.#session.send('WebAuthn.setUserVerified', { ...this.#ref, isUserVerified });
  }

  /** false: nobody touches it, so that prompts stay open. It applies to requests made from now on. */
  async setPresence(enabled: boolean): Promise<void> {
    const method = 'WebAuthn.setAutomaticPresenceSimulation';
    await this.#session.send(method, { ...this.#ref, enabled });
  }

  /** Changes bits of every later response; without arguments, responses are correct again. */
  async override(
    bits: { isBogusSignature?: boolean; isBadUV?: boolean; isBadUP?: boolean } = {},
  ): Promise<void> {
    const all = { isBogusSignature: false, isBadUV: false, isBadUP: false, ...bits };
    await this.#session.send('WebAuthn.setResponseOverrideBits', { ...this.#ref, ...all });
  }

  async setCredentialProperties(
    id: string,
    properties: { backupEligibility?: boolean; backupState?: boolean; signCount?: number },
  ): Promise<void> {
    const which = { ...this.#ref, credentialId: toBase64(id) };
    await this.#session.send('WebAuthn.setCredentialProperties', { ...which, ...properties });
  }

  /** Adds a credential that an earlier system made. */
  async add(credential: NewCredential): Promise<void> {
    const { id, userHandle, privateKey, rpId = 'localhost', signCount = 0 } = credential;
    await this.#session.send('WebAuthn.addCredential', {
      ...this.#ref,
      credential: {
        credentialId: toBase64(id),
        userHandle: toBase64(userHandle),
        privateKey: privateKey.toString('base64'),
        isResidentCredential: true,
        backupEligibility: false,
        backupState: false,
        ...{ rpId, signCount },
      },
    });
  }

  /** Another page sees what is here, as every tab of one browser does. */
  async copyTo(other: VirtualAuthenticator): Promise<void> {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', this.#ref);
    for (const credential of credentials)
      await other.#session.send('WebAuthn.addCredential', { ...other.#ref, credential });
  }

  /** The person deletes one passkey in the system's settings. */
  async remove(id: string): Promise<void> {
    const which = { ...this.#ref, credentialId: toBase64(id) };
    await this.#session.send('WebAuthn.removeCredential', which);
  }

  /** The person deletes all of them. */
  async clear(): Promise<void> {
    await this.#session.send('WebAuthn.clearCredentials', this.#ref);
  }

  /** The device is unplugged. An open request stays open; what was stored on it is gone. */
  async detach(): Promise<void> {
    await this.#session.send('WebAuthn.removeVirtualAuthenticator', this.#ref);
  }

  get #ref() {
    return { authenticatorId: this.#authenticatorId };
  }
}

const sessions = new WeakMap<Page, Promise<CDPSession>>();

/** Connects an authenticator to a page: by default a passkey provider that verifies its owner. */
export async function attachAuthenticator(
  page: Page,
  options: AuthenticatorOptions = passkeyProvider,
): Promise<VirtualAuthenticator> {
  const session = await webAuthnSession(page);
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    },
  });
  return new VirtualAuthenticator(session, authenticatorId);
}

/** One DevTools session for each page: sessions share one environment, and the first that closes would end it. */
function webAuthnSession(page: Page): Promise<CDPSession> {
  const known = sessions.get(page);
  if (known) return known;
  const opened = page
    .context()
    .newCDPSession(page)
    .then(async (session) => {
      await session.send('WebAuthn.enable');
      return session;
    });
  sessions.set(page, opened);
  return opened;
}

const toBase64Url = (base64: string) => Buffer.from(base64, 'base64').toString('base64url');
const toBase64 = (base64url: string) => Buffer.from(base64url, 'base64url').toString('base64');
