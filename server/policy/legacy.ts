/**
 * Which credentials are legacy platform credentials: made by iOS, iPadOS or Safari before passkeys
 * synced. They never sync and never will; only a registration with the same user handle replaces them.
 * No single flag tells (a Windows Hello key is device-bound too), so the evidence is weighed and named.
 */
import { createHash } from 'node:crypto';
import type { Credential } from '../records/credential.ts';

export type LegacyEvidence = 'device-bound' | 'es256-without-counter' | 'id-is-key-hash' | 'aaguid';

type Traits = Pick<
  Credential,
  | 'id'
  | 'publicKey'
  | 'algorithm'
  | 'signCount'
  | 'backupEligible'
  | 'transports'
  | 'aaguid'
  | 'attachment'
>;

/** The AAGUID of Apple's anonymous attestation for platform credentials that do not sync. */
const appleDeviceBound = 'f24a8e70-d0d3-f82c-2937-32523cc4de5a';
const es256 = -7;
const roaming: readonly string[] = ['usb', 'nfc', 'ble', 'hybrid', 'smart-card'];

/** What speaks for a legacy platform credential; empty where anything speaks against it. */
export function legacyEvidence(credential: Traits): readonly LegacyEvidence[] {
  const contradicted =
    // WebAuthn L3 §6.1.3: a credential that is eligible for backup is not bound to a device.
    credential.backupEligible ||
    credential.algorithm !== es256 ||
    credential.signCount !== 0 ||
    credential.attachment === 'cross-platform' ||
    credential.transports.some((transport) => roaming.includes(transport));
  if (contradicted) return [];
  const decisive: LegacyEvidence[] = [];
  if (credential.id === keyHash(credential.publicKey)) decisive.push('id-is-key-hash');
  if (credential.aaguid === appleDeviceBound) decisive.push('aaguid');
  return decisive.length === 0 ? [] : ['device-bound', 'es256-without-counter', ...decisive];
}

export const isLegacy = (credential: Traits): boolean => legacyEvidence(credential).length > 0;

/** Where the coordinates stand in a canonical ES256 COSE_Key, which is 77 bytes long. */
const coseLength = 77;
const x = [10, 42] as const;
const y = [45, 77] as const;

/** SHA-1 of the uncompressed point (SEC 1 §2.3.3), which these systems used as the credential ID. */
function keyHash(cose: Uint8Array): string | null {
  if (cose.length !== coseLength) return null;
  const hash = createHash('sha1').update(Uint8Array.of(4));
  return hash
    .update(cose.subarray(...x))
    .update(cose.subarray(...y))
    .digest('base64url');
}
