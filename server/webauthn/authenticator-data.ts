/** The fixed head of authenticator data (WebAuthn L3 §6.1): what the authenticator says it did. */
import { refuse } from './refuse.ts';

export interface AuthenticatorState {
  readonly signCount: number;
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
}

export const headLength = 37;
const attested = 0x40;

/** Reads flags and counter. Everything behind them is read, to its last byte, by the library. */
export function readAuthenticatorState(authData: Uint8Array): AuthenticatorState {
  if (authData.length < headLength) {
    refuse('verification_failed', 'the authenticator data is too short');
  }
  const view = new DataView(authData.buffer, authData.byteOffset, authData.byteLength);
  const flags = view.getUint8(32);
  return {
    signCount: view.getUint32(33),
    userPresent: (flags & 0x01) !== 0,
    userVerified: (flags & 0x04) !== 0,
    backupEligible: (flags & 0x08) !== 0,
    backedUp: (flags & 0x10) !== 0,
  };
}

/** Whether a new credential follows the head. */
export const hasAttestedCredential = (authData: Uint8Array): boolean =>
  ((authData[32] ?? 0) & attested) !== 0;
