/**
 * WebAuthn L3 §7.2 step 22: a signature counter that does not grow is a signal that the private key
 * may exist twice. Counters that are zero on both sides say nothing (every synced passkey).
 */
export function signCountRegressed(stored: number, received: number): boolean {
  return (stored !== 0 || received !== 0) && received <= stored;
}
