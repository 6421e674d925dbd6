/**
 * A person whose passkeys were imported: the devices that hold them, and the account in the store.
 */
import { createHash, randomBytes } from 'node:crypto';
import { toBase64Url } from '../base64url.ts';
import type { Credential } from '../records/credential.ts';
import type { TestApp } from './app.ts';
import { SoftwareAuthenticator } from './authenticator.ts';
import { generateKey, type KeyPair } from './cose.ts';

export interface ImportedPerson {
  readonly username: string;
  readonly userId: string;
  /** One device for each passkey, in the same order. */
  readonly devices: readonly SoftwareAuthenticator[];
  readonly ids: readonly string[];
}

/** A legacy credential of iOS; {@link importPerson} adds the ID, which is the hash of the key. */
export const legacy = {
  ...{ backupEligible: false, backedUp: false },
  transports: ['internal'],
} satisfies Partial<Credential>;

/**
 * Imports an account with these passkeys. By default they are active, synced and of the server's RP ID. The user
 * handle is the first passkey's `userId`, or a random one.
 */
export async function importPerson(
  app: TestApp,
  ...given: readonly Partial<Credential>[]
): Promise<ImportedPerson> {
  const [userId, username] = [
    given[0]?.userId ?? toBase64Url(randomBytes(32)),
    `imported-${randomBytes(6).toString('hex')}`,
  ];
  const names = { username, displayName: username };
  const user = { id: userId, ...names, createdAt: 0, disabledAt: null, policy: null };
  const held = given.map((traits, index) => {
    const key = generateKey(-7);
    const { rpId } = app.deps.config;
    const credential = record(key, { rpId, ...traits, userId, createdAt: index });
    return { credential, device: deviceWith(app, key, credential, username) };
  });
  const credentials = held.map(({ credential }) => credential);
  const account = { user, usernameKey: username, credentials, audit: [] };
  const [outcome] = await app.deps.store.importAccounts([account]);
  if (outcome !== 'created') throw new Error(outcome);
  const devices = held.map(({ device }) => device);
  return { username, userId, devices, ids: credentials.map(({ id }) => id) };
}

function record(
  key: KeyPair,
  traits: Partial<Credential> & Pick<Credential, 'userId' | 'rpId' | 'createdAt'>,
): Credential {
  return {
    ...{ id: pointHash(key), name: 'Passkey', state: 'active', publicKey: key.publicKey },
    ...{ algorithm: -7, signCount: 0, uvInitialized: true, backupEligible: true, backedUp: true },
    ...{ backupKnown: true, transports: ['internal', 'hybrid'], attachment: 'platform' },
    ...{ aaguid: '00000000-0000-0000-0000-000000000000', lastUsedAt: null, lastUserAgent: null },
    useKnown: false,
    ...{ lastCountry: null, upgradeAfter: null, userHandle: { kind: 'account' } },
    counterFellAt: null,
    attested: false,
    ...traits,
  };
}

/** SHA-1 of the uncompressed point, which is the last 65 bytes of the SPKI. */
function pointHash({ spki }: KeyPair): string {
  return createHash('sha1').update(spki.subarray(-65)).digest('base64url');
}

function deviceWith(
  { deps }: TestApp,
  key: KeyPair,
  { id, rpId, userId, ...credential }: Credential,
  userName: string,
): SoftwareAuthenticator {
  const { signCount, backupEligible, backedUp, transports, aaguid, attachment } = credential;
  const device = new SoftwareAuthenticator({
    ...{ origin: deps.config.origin, signCount, backupEligible, backedUp, transports, aaguid },
    attachment: attachment === 'cross-platform' ? attachment : 'platform',
  });
  const { userHandle: registered } = credential;
  const userHandle = registered.kind === 'own' ? registered.handle : userId;
  device.credentials.push({ id, rpId, userHandle, userName, discoverable: true, key, signCount });
  return device;
}
